"""How good the answers are, and whether they got better: question sets, measures, comparisons, benchmarks."""

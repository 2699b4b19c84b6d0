"""`qa` and `python -m qa`: what must be settled before numpy is imported, then the command line."""

import os


def main() -> None:
    """Run the command line with one thread for small matrix products.

    A question's matrices are small: a second thread saves nothing, and on a busy machine the two wait for each other,
    which made a question eight times slower. Whoever sets the variable is obeyed.
    """
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from qa.cli import main as run

    run()


if __name__ == "__main__":
    main()

"""Words that ask and say nothing about the answer, in every language.

Added at random to training questions, they learn that they weigh nothing, also in languages for
which there are no questions to learn from.
"""

ASKING_WORDS = {
    "zh": (
        "什么 哪些 哪个 哪里 哪一 谁 何时 什么时候 多少 几个 如何 怎样 怎么 为什么 为何 是否 "
        "请问 告诉我 吗 呢 的 是 有 了 在 被 叫 名字"
    ),
    "en": (
        "what which who whom whose when where why how many much often long did does do was "
        "were is are be been has have had the a an of in to for by on at from with that this "
        "it its tell me please name called kind type"
    ),
    "ja": (
        "何 なに どの どれ どこ 誰 だれ いつ いくつ どのくらい どのように なぜ どうして 何人 "
        "何年 ですか ますか でしょうか か は が を に の で と もの こと という"
    ),
    "ko": (
        "무엇 무엇이 무엇을 무엇인가 어떤 어느 어디 어디에 어디서 누구 누가 언제 얼마나 몇 왜 "
        "어떻게 인가 입니까 합니까 나요 는 은 이 가 을 를 의 에 에서"
    ),
    "ru": (
        "что чем чего какой какая какое какие каким каких кто кого кому когда где куда откуда "
        "почему зачем как сколько ли был была было были является это в на с по из для к о от"
    ),
    "de": (
        "was wer wen wem wessen wann wo wohin woher warum wieso wie viele viel oft lange "
        "welcher welche welches welchen welchem ist sind war waren wurde wurden hat haben "
        "hatte der die das den dem ein eine in im von zu für mit auf es"
    ),
    "fr": (
        "que quoi quel quelle quels quelles qui quand où pourquoi comment combien de est-ce "
        "que était étaient est sont a ont été le la les un une des du dans pour par sur avec "
        "il elle on quel est"
    ),
    "es": (
        "qué cuál cuáles quién quiénes cuándo dónde por qué cómo cuánto cuánta cuántos cuántas "
        "es son era eran fue fueron ha han había el la los las un una de del en para por con "
        "se que"
    ),
    "vi": (
        "gì nào ai khi nào ở đâu đâu tại sao vì sao như thế nào bao nhiêu mấy là có được đã bị "
        "của trong cho với và các những một cái người điều việc tên"
    ),
    "ar": ("ما ماذا من متى أين لماذا كيف كم أي هل الذي التي هو هي كان كانت في على إلى عن مع هذا هذه عدد اسم"),
}

"""What people type in every script: what is kept, what is dropped, what is refused by name."""

SCRIPTS = """
Aide aux devoirs, le mercredi
L’été à l’Haÿ-les-Roses : œuvre, cœur, çà et là
Straße, Größe, Übermut
Łódź, żółć, gęślą jaźń
Ștefan și Țara
Příliš žluťoučký kůň
İstanbul, ışık, ğ, ş
Tiếng Việt: giúp đỡ trẻ em học bài
Ẹ káàárọ̀, ọmọ Yorùbá
Ɗan uwa, ƙauna, ɓera
Ŋa bokk, ñaata
Kreyòl ayisyen, èd pou lekòl
Malagasy: fanampiana
Euskara: laguntza
Íslenska: þú, æði
Gàidhlig: a’ cuideachadh
Ελληνικά: βοήθεια με τα μαθήματα
Русский: помощь с уроками
Українська: допомога, їжак, ґанок
Български: помощ
Српски: љубав, ђак
Қазақша: көмек, ңүұ
Тоҷикӣ: кӯмак
Հայերեն՝ օգնություն
ქართული: დახმარება
עברית: עזרה בשיעורים
שָׁלוֹם עֲלֵיכֶם
ייִדיש: הילף
العربية: مساعدة في الواجبات
السَّلَامُ عَلَيْكُمْ
٠١٢٣٤٥٦٧٨٩
فارسی: می‌خواهم کمک کنم
کتاب‌ها، خانه‌ای، نمی‌دانم
سال ۱۴۰۲ ه‍.ش.
اردو: بچوں کی مدد
کوردی: یارمەتی
پښتو: مرسته
ئۇيغۇرچە: ياردەم
سنڌي: مدد
ܣܘܪܝܝܐ ܥܕܪܢܐ
ދިވެހި އެހީ
ߒߞߏ ߘߍ߬ߡߍ߲
አማርኛ: እርዳታ
ትግርኛ: ሓገዝ
ⵜⴰⵎⴰⵣⵉⵖⵜ ⴰⵡⵙ
हिन्दी: गृहकार्य में मदद
क्‍ष, क्‌ष, श्र
मराठी: दऱ्या, र्‍य
नेपाली: सहयोग गर्‍यो
संस्कृतम्: धर्मः
বাংলা: সাহায্য, র‍্যাব
ਪੰਜਾਬੀ: ਮਦਦ
ગુજરાતી: મદદ
ଓଡ଼ିଆ: ସାହାଯ୍ୟ
தமிழ்: உதவி, க்‌ஷ
తెలుగు: సహాయం, రాక్‌షస
ಕನ್ನಡ: ಸಹಾಯ, ರ‍್ಯ
മലയാളം: സഹായം, അവന്‍, കണ്‍
සිංහල: උදව්, ශ්‍රී ලංකා
ไทย: ช่วยทำการบ้าน
ລາວ: ຊ່ວຍ
ខ្មែរ: ជួយ
မြန်မာ: ကူညီ
བོད་ཡིག: རོགས་རམ
ᠮᠣᠩᠭᠣᠯ
ᠲᠤᠰᠠᠯᠠᠮᠵᠢ ᠪᠠᠶᠢᠨ᠋ᠠ
中文：帮助做作业
繁體中文：幫忙
葛󠄀城市
日本語：宿題の手伝い
ひらがな カタカナ ー々〆
한국어: 숙제 도움
조선말
ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ
ᐃᓄᒃᑎᑐᑦ
ᱥᱟᱱᱛᱟᱲᱤ
ꦧꦱꦗꦮ
ᬪᬵᬱᬩᬮᬶ
Ꮳ ⴽ ⵥ
𞤆𞤵𞤤𞤢𞤪
ⲙⲉⲧⲣⲉⲙⲛ̀ⲭⲏⲙⲓ
ᎣᏏᏲ
ꆈꌠꁱꂷ
ཇོ་ཁ
5 € – 10 % – 2 m² – n° 3 – 20 °C
x ≤ y ≠ z, ∑ ∞, ½
« Guillemets » “quotes” ‘single’ — … • †
L’aide : 5 € / h
a/b\\c <b>gras</b> & "quotes" {accolades}
""".strip().split("\n")
"""Lines that are stored exactly as they were typed."""

EMOJI = """
😀 🎉 ❤️ ❤ ☎️ ☎ ✈️ ☀️ ⭐ ✅ ‼️ ⁉️ ©️ ®️ ™️ ↔️ ➡️ ▶️ ℹ️ Ⓜ️ 1️⃣ #️⃣ *️⃣ 0️⃣ 🔟
👍🏽 👋🏿 🤝🏻 👩‍👧 👨‍👧‍👦 👩‍👩‍👧‍👦 👩‍❤️‍👨 👩‍❤️‍💋‍👩 🧑‍🤝‍🧑 🧑🏽‍🤝‍🧑🏿
👩🏽‍💻 👨‍🏫 👩‍⚕️ 🧑‍⚖️ 🤷‍♀️ 🤷🏾‍♂️ 🏃‍♀️‍➡️ 👁️‍🗨️ 🏳️‍🌈 🏳️‍⚧️ 🏴‍☠️ 🐻‍❄️ 🐈‍⬛ ❤️‍🔥 ⛓️‍💥
🙂‍↔️ 🙂‍↕️ 👨‍🦰 🧑‍🦽‍➡️ 🧑‍🧑‍🧒 🇫🇷 🇵🇸 🇺🇦 🏴󠁧󠁢󠁥󠁮󠁧󠁿 🏴󠁧󠁢󠁳󠁣󠁴󠁿 🏴󠁧󠁢󠁷󠁬󠁳󠁿 🫶🏼 🫱🏻‍🫲🏿 🧌 🪿
""".split()
"""Pictures of one or more signs, kept whole; in a title and alone."""

DROPPED = [
    ("aide\u00ad aux de\u00advoirs", "aide aux devoirs"),  # soft hyphens
    ("\ufeffAide", "Aide"),  # byte order mark of a file
    ("Ai\u200bde", "Aide"),  # zero-width space of a web page
    ("Ai\u2060de", "Aide"),  # word joiner
    ("2\u2062x", "2x"),  # invisible times
    ("Ai\u180ede", "Aide"),
    ("Ai\u200dde", "Aide"),  # a joiner between Latin letters joins nothing
    ("Ai\u200cde", "Aide"),
    ("\u200dAide\u200d", "Aide"),
    ("م\u200c", "م"),  # nothing follows
    ("می\u200c\u200c\u200cخواهم", "می\u200cخواهم"),  # one is enough
    ("می\u200d\u200cخواهم", "می\u200dخواهم"),
    ("क्\u200d\u200dष", "क्\u200dष"),
    ("Marie\ufe0f", "Marie"),  # a selector after a letter selects nothing
    ("Marie\ufe0e", "Marie"),
    ("1\ufe0f", "1"),  # a keycap without its cap
    ("Marie\U000e0101", "Marie"),
    ("Marie\u180b", "Marie"),
    ("a\U000e0041b", "ab"),  # hidden letters of tags
    ("🏴\U000e0067\U000e0062", "🏴"),  # a flag without its end
    ("😀\U000e0067\U000e007f", "😀"),
    ("\U000e0001\U000e0065\U000e006eHello", "Hello"),
    ("👩\u200d", "👩"),
    ("👩\u200c👧", "👩👧"),
    ("👩\u200dMarie", "👩Marie"),
    ("a\u034fb", "ab"),
    ("\u3164", ""),  # names of nothing
    ("\u115f\u1160", ""),
    ("\uffa0", ""),
    ("\u17b4\u17b5", ""),
    ("\u200b\u200d\ufeff\u00ad", ""),
    ("Photo \ufffc ici", "Photo  ici"),
    ("a\ufff9b\ufffac\ufffbd", "abcd"),
    ("a\u206ab", "ab"),
    ("Aide\taux\tdevoirs", "Aide aux devoirs"),
    ("a\u2800b", "a b"),  # braille blank
    ("  Aide  ", "Aide"),
    ("\u00a0Aide\u00a0", "Aide"),
    ("e\u0301te\u0301", "été"),  # NFC
    ("e\u00ad\u0301", "é"),  # NFC after what parted letter and accent is gone
    ("\u1100\u1161\u11a8", "각"),
    ("\u212b", "Å"),
    ("a\u13430b", "a\u13430b"),
    ("a\U00013430b", "ab"),
    ("a\U0001d173b", "ab"),
    ("a\U0001bca0b", "ab"),
    ("a\u2064b\u2061c\u2063d", "abcd"),
]
"""Typed, stored: the same for titles and for longer texts."""

_BIDI = [0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)]
_CONTROLS = [*range(9), *range(0x0E, 0x20), *range(0x7F, 0xA0)]
_LINE_ENDS = [0x0A, 0x0B, 0x0C, 0x0D, 0x2028, 0x2029]
_NO_CHARACTERS = [0xFDD0, 0xFDEF, 0xFFFE, 0xFFFF]

REFUSED = [
    *(("bidi", code) for code in _BIDI),
    *(("line", code) for code in _LINE_ENDS),
    *(("control", code) for code in _CONTROLS + _NO_CHARACTERS),
    *(("surrogate", code) for code in (0xD800, 0xDBFF, 0xDC00, 0xDFFF)),
]
"""Reason and code of what names and titles refuse."""

LONG_TEXTS = [
    ("a\r\nb\rc\u2028d\u2029e\x0bf\x0cg", "a\nb\nc\nd\ne\nf\ng"),
    ("Un\n\nDeux\n\n\nTrois", "Un\n\nDeux\n\n\nTrois"),
    ("- un\n- deux", "- un\n- deux"),
    ("a\u202eb\u200fc\u2066d", "abcd"),
    ("مرحبا\u200f 06 12", "مرحبا 06 12"),
]
"""Longer texts: line ends are kept in one spelling, bidirectional controls are dropped."""

KEPT = [*SCRIPTS, *EMOJI, *(f"Sortie {emoji} samedi" for emoji in EMOJI)]

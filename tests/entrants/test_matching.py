"""What names of files mean."""

import tracemalloc

import pytest

from arena.entrants.lists import ListRefused, TypedPrompt, read_addresses, read_prompts, title_of
from arena.entrants.matching import Known, folders_are_models, form_of, index_of, match, parts_of

MODELS = index_of([Known("1", "Z-Image Turbo", ("z-image-turbo", "ZIT")), Known("2", "Ｆｌｕｘ", ("flux",))])
PROMPTS = index_of([Known("7", "A red fox sleeping in fresh snow at dawn"), Known("8", "Fox"), Known("9", "FOX.")])


@pytest.mark.parametrize("label", ["z image turbo", "Z_IMAGE-TURBO", "zit", "Ｚ-Image　Turbo"])
def test_case_width_and_punctuation_do_not_count(label: str) -> None:
    found = match(label, MODELS, {}, makes_new=True)
    assert (found.kind, found.key) == ("known", "1")


def test_forms_keep_letters_of_all_scripts_and_symbols_where_there_is_nothing_else() -> None:
    assert form_of("Füchse  im—Schnee!") == "füchse-im-schnee"
    assert form_of("狐 狸") == "狐-狸"
    assert form_of("🦊") == "🦊"


def test_the_same_spelling_goes_before_the_same_form_and_else_it_is_asked() -> None:
    assert match("Fox", PROMPTS, {}, makes_new=False).key == "8"
    asked = match("fox", PROMPTS, {}, makes_new=False)
    assert (asked.kind, [one.key for one in asked.options]) == ("asked", ["8", "9"])


def test_a_name_cut_short_is_asked_with_what_begins_so() -> None:
    asked = match("a-red-fox-sleeping-in", PROMPTS, {}, makes_new=False)
    assert (asked.kind, asked.options[0].key) == ("asked", "7")
    assert match("a-red", PROMPTS, {}, makes_new=False).options == ()


def test_decisions_come_first_and_unknown_ones_are_no_decisions() -> None:
    assert match("fox", PROMPTS, {"fox": "9"}, makes_new=False).key == "9"
    assert match("fox", PROMPTS, {"fox": "out"}, makes_new=False).kind == "out"
    assert match("fox", PROMPTS, {"fox": "77"}, makes_new=False).kind == "asked"
    assert match("elm", MODELS, {}, makes_new=True).kind == "new"
    assert match("elm", MODELS, {}, makes_new=False).kind == "asked"


def test_parts_of_paths() -> None:
    assert parts_of("up/Alder/fox in snow.tar.png") == ("Alder", "fox in snow.tar")
    assert parts_of("Alder__fox.png") == ("Alder", "fox")
    assert parts_of("fox.png") == ("", "fox")


def test_folders_are_what_is_known() -> None:
    assert folders_are_models([("flux", "Fox"), ("elm", "Fox")], MODELS, PROMPTS)
    assert not folders_are_models([("Fox", "flux"), ("Fox", "elm")], MODELS, PROMPTS)
    assert folders_are_models([("a", "b")], MODELS, PROMPTS)
    assert folders_are_models([], MODELS, PROMPTS)


def test_prompts_by_line_and_in_csv() -> None:
    assert read_prompts("fox | A red fox\n\nA kite | over the sea") == (
        TypedPrompt("A red fox", "fox"),
        TypedPrompt("over the sea", "A kite"),
    )
    text = '\ufeffName;Prompt;Title\r\nfox;"A red fox; in\nsnow";Fox\r\n;A kite;\r\n'
    assert read_prompts(text) == (TypedPrompt("A red fox; in\nsnow", "fox", "Fox"), TypedPrompt("A kite"))
    assert title_of(TypedPrompt("word " * 40)).endswith("word…")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("fox | a\nFOX | b", "Two prompts are called “FOX”"),
        ("name,prompt\nfox,\n", "Line 2: the prompt is empty"),
        ("x" * 32_001, "Line 1: the prompt has 32,001 characters"),
        ("a\0b", "Line 1: it holds the character NUL"),
        ("\n".join(map(str, range(1001))), "More than 1,000 prompts"),
    ],
)
def test_wrong_prompts_are_refused_with_their_line(text: str, said: str) -> None:
    with pytest.raises(ListRefused, match=said):
        read_prompts(text)


def test_of_a_list_without_end_no_more_is_read_than_it_takes_to_refuse_it() -> None:
    prompts, addresses = "a\n" * 1_000_000, "model,prompt,url\n" + "a,b,https://c\n" * 500_000
    for read, text in ((read_prompts, prompts), (read_prompts, "prompt\n" + prompts), (read_addresses, addresses)):
        tracemalloc.start()
        with pytest.raises(ListRefused, match=r"More than (1|20),000"):
            read(text)
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        assert most < 10 * len(text) + (16 << 20)


def test_addresses_by_column() -> None:
    found = read_addresses("model,competition,url\nAlder,fox,https://a.example/1.png\n,,\n")
    assert found is not None
    assert [(one.line, one.model, one.prompt, one.url) for one in found] == [
        (2, "Alder", "fox", "https://a.example/1.png")
    ]
    assert read_addresses("name,prompt\na,b") is None
    for line, said in (("Alder,,https://a", "prompt is empty"), ("Alder,fox,ftp://a", "url needs")):
        with pytest.raises(ListRefused, match=f"Line 2: {said}"):
            read_addresses(f"model,prompt,url\n{line}")

"""What a prompt asks for: its words, its quoted text, and the scene they choose."""

import re
from dataclasses import dataclass

from .style import digest_of

SCENES: dict[str, frozenset[str]] = {
    "hair": frozenset(["bald", "hair", "hairstyle", "haircut", "toupee"]),
    "menu": frozenset(
        ["menu", "chalkboard", "blackboard", "signboard", "poster", "typography", "lettering", "sign", "invitation"]
    ),
    "emblem": frozenset(["logo", "emblem", "badge", "branding", "crest", "monogram", "label", "packaging"]),
    "hero": frozenset(["superhero", "superheroine", "hero", "caped", "cape", "vigilante"]),
    "knight": frozenset(
        ["warrior", "knight", "armour", "armor", "armoured", "armored", "paladin", "fantasy", "sword", "helmet"]
    ),
    "meadow": frozenset(
        [
            "animal",
            "animals",
            "kitten",
            "kittens",
            "puppy",
            "puppies",
            "bunny",
            "rabbit",
            "fox",
            "fawn",
            "duckling",
            "bear",
            "cat",
            "dog",
            "capybara",
            "meadow",
            "chick",
        ]
    ),
    "still": frozenset(
        [
            "geometric",
            "geometry",
            "cube",
            "sphere",
            "still",
            "book",
            "vase",
            "glass",
            "bottle",
            "product",
            "perfume",
            "watch",
            "fruit",
            "bowl",
        ]
    ),
    "greenhouse": frozenset(
        ["greenhouse", "conservatory", "orangery", "botanical", "victorian", "atrium", "palm", "ferns"]
    ),
    "street": frozenset(
        ["street", "bicycle", "alley", "candid", "pedestrian", "umbrella", "cobblestone", "cyclist", "old"]
    ),
    "diorama": frozenset(["diorama", "isometric", "miniature", "tilt-shift", "voxel", "tiny", "cutaway"]),
    "portrait": frozenset(
        ["portrait", "man", "woman", "face", "person", "elderly", "headshot", "selfie", "girl", "boy"]
    ),
    "lake": frozenset(["lake", "reflection", "river", "pond", "valley", "fjord"]),
    "mountains": frozenset(["mountain", "mountains", "alpine", "peak", "peaks", "summit", "hills", "volcano"]),
    "city": frozenset(
        ["city", "skyline", "downtown", "skyscraper", "skyscrapers", "cyberpunk", "metropolis", "neon", "futuristic"]
    ),
    "desert": frozenset(["desert", "dune", "dunes", "sahara", "canyon", "mars", "planet"]),
    "forest": frozenset(["forest", "woods", "woodland", "trees", "jungle", "grove", "mushroom"]),
    "harbour": frozenset(
        [
            "harbour",
            "harbor",
            "port",
            "boats",
            "boat",
            "sea",
            "ocean",
            "coast",
            "beach",
            "village",
            "lighthouse",
            "ship",
        ]
    ),
}
LANDSCAPES = ("lake", "mountains", "city", "desert", "forest", "harbour")


@dataclass(frozen=True)
class Brief:
    """`quoted` are the texts the prompt puts in quotation marks, in order; `detail` and `coherence` are the style's."""

    prompt: str
    words: frozenset[str]
    quoted: tuple[str, ...]
    scene: str
    detail: float
    coherence: float


def brief_of(prompt: str, detail: float, coherence: float) -> Brief:
    """Read a prompt; one without any known word gets a landscape chosen by its digest."""
    found = re.findall(r"[a-zà-ÿ]+(?:-[a-z]+)*", prompt.lower())
    quoted = re.findall(r"[\"“]([^\"”]{1,80})[\"”]", prompt)
    return Brief(prompt, frozenset(found), tuple(text.strip() for text in quoted), _scene(found), detail, coherence)


def _scene(words: list[str]) -> str:
    """The scene most words ask for, the earlier in the table winning a draw."""
    scores = {name: sum(word in keys for word in words) for name, keys in SCENES.items()}
    best = max(scores.values())
    if best == 0:
        return LANDSCAPES[digest_of("landscape", *words) % len(LANDSCAPES)]
    return next(name for name, score in scores.items() if score == best)

"""What the demo world is made of: competitions, categories and how strong each model is. Pure data.

Strengths are in units of log odds; a model's strength in a competition is its base plus its bent for the subject.
"""

from dataclasses import dataclass
from typing import Final

from providers.sheet import IMAGE_EDIT, TEXT_TO_IMAGE

SEED: Final = 20261123


@dataclass(frozen=True, kw_only=True)
class DemoCategory:
    """A category as the seed document names it."""

    slug: str
    name: str
    mode: str


@dataclass(frozen=True, kw_only=True)
class DemoCompetition:
    """A competition; `subjects` are the bents that count in it, `entrants` how many models take part."""

    slug: str
    title: str
    mode: str
    prompt: str
    subjects: tuple[str, ...]
    entrants: int
    votes: int
    categories: tuple[str, ...] = ()
    source_prompt: str = ""


@dataclass(frozen=True, kw_only=True)
class DemoModel:
    """A model's base strength and what it is better or worse at."""

    slug: str
    strength: float
    bents: dict[str, float]


CATEGORIES: Final = {
    category_key: DemoCategory(slug=slug, name=name, mode=mode)
    for category_key, slug, name, mode in (
        ("portrait", "portrait", "Portrait", TEXT_TO_IMAGE),
        ("product", "product-branding-commercial", "Product, Branding & Commercial", TEXT_TO_IMAGE),
        ("text", "text-rendering", "Text Rendering", TEXT_TO_IMAGE),
        ("photo", "photorealism", "Photorealism", TEXT_TO_IMAGE),
        ("portrait-edit", "portrait", "Portrait", IMAGE_EDIT),
        ("photo-edit", "photorealism", "Photorealism", IMAGE_EDIT),
    )
}

COMPETITIONS: Final = (
    DemoCompetition(
        slug="modern-clean-menu",
        title="Modern Clean Menu",
        mode=TEXT_TO_IMAGE,
        prompt='A modern, clean café menu board: "Espresso 3.20", "Flat White 4.10", "Lemon Tart 5.50", lots of room',
        subjects=("lettering", "design"),
        entrants=19,
        votes=760,
        categories=("text",),
    ),
    DemoCompetition(
        slug="fantasy-warrior-paladin",
        title="Fantasy Warrior",
        mode=TEXT_TO_IMAGE,
        prompt="Portrait of a battle-worn paladin in dented armour, dawn light on the visor, banners behind",
        subjects=("people", "light"),
        entrants=18,
        votes=640,
        categories=("portrait",),
    ),
    DemoCompetition(
        slug="heroic-super-hero-portrait",
        title="Heroic Super Hero Portrait",
        mode=TEXT_TO_IMAGE,
        prompt="Heroic portrait of a superhero on a rooftop, cape in the wind, city skyline at dusk",
        subjects=("people", "drama"),
        entrants=17,
        votes=420,
    ),
    DemoCompetition(
        slug="adorable-baby-animals",
        title="Adorable Baby Animals in Sunny Meadow",
        mode=TEXT_TO_IMAGE,
        prompt="Baby animals playing in a sunny meadow with daisies, soft morning light",
        subjects=("nature", "light"),
        entrants=18,
        votes=460,
    ),
    DemoCompetition(
        slug="geometric-composition",
        title="Geometric Composition",
        mode=TEXT_TO_IMAGE,
        prompt="A glass cube with a sphere inside, a red book on top, a plant behind, window light from the left",
        subjects=("geometry", "light"),
        entrants=18,
        votes=700,
    ),
    DemoCompetition(
        slug="victorian-greenhouse-oasis",
        title="Victorian Greenhouse Oasis",
        mode=TEXT_TO_IMAGE,
        prompt="A Victorian greenhouse full of palms and ferns, iron ribs, a small pond, sun through old glass",
        subjects=("nature", "geometry"),
        entrants=16,
        votes=520,
    ),
    DemoCompetition(
        slug="vintage-cafe-logo",
        title="Vintage Cafe Logo",
        mode=TEXT_TO_IMAGE,
        prompt='A vintage café logo, round emblem, coffee cup in the middle, lettering "Caffè Aurora, Est. 1924"',
        subjects=("lettering", "design"),
        entrants=18,
        votes=560,
        categories=("text", "product"),
    ),
    DemoCompetition(
        slug="candid-street-photography",
        title="Candid Street Photography",
        mode=TEXT_TO_IMAGE,
        prompt="Candid street photograph: an old man repairs a red bicycle in the rain, 50 mm lens, wet cobbles",
        subjects=("people", "photo"),
        entrants=18,
        votes=620,
        categories=("photo",),
    ),
    DemoCompetition(
        slug="fantasy-warrior-duel",
        title="Fantasy Warrior",
        mode=TEXT_TO_IMAGE,
        prompt="A fantasy warrior with a glowing sword in a misty forest, armoured knight, moonlight",
        subjects=("people", "drama"),
        entrants=14,
        votes=210,
    ),
    DemoCompetition(
        slug="isometric-miniature-diorama",
        title="Isometric Miniature Diorama Scenes",
        mode=TEXT_TO_IMAGE,
        prompt="An isometric miniature diorama of a small town square with trees, a tram and tiny shops",
        subjects=("geometry", "design"),
        entrants=17,
        votes=540,
    ),
    DemoCompetition(
        slug="night-sky-transformation",
        title="Night Sky Transformation",
        mode=IMAGE_EDIT,
        prompt="Turn the day sky into a clear night sky full of stars and leave the landscape as it is",
        subjects=("edit", "light"),
        entrants=10,
        votes=430,
        categories=("photo-edit",),
        source_prompt="A quiet mountain lake at noon, layered ridges, a small boat",
    ),
    DemoCompetition(
        slug="bald-man-challenge",
        title="Bald man challenge",
        mode=IMAGE_EDIT,
        prompt="Give this bald man a full head of hair and change nothing else",
        subjects=("edit", "people"),
        entrants=10,
        votes=420,
        categories=("portrait-edit", "photo-edit"),
        source_prompt="Studio portrait of a bald man, grey background, soft light",
    ),
)

MODELS: Final = tuple(
    DemoModel(slug=slug, strength=strength, bents=bents)
    for slug, strength, bents in (
        ("aster-3", 1.25, {"people": 0.4, "light": 0.3, "photo": 0.3}),
        ("larch-xl", 1.10, {"drama": 0.4, "design": 0.1}),
        ("kestrel-2", 1.00, {"geometry": 0.6, "people": -0.3}),
        ("lumiere-pro", 0.95, {"photo": 0.4, "design": 0.3, "drama": -0.3}),
        ("quill-diffusion-2", 0.45, {"lettering": 1.1, "design": 0.3, "people": -0.5}),
        ("halcyon", 0.55, {"nature": 0.4, "light": 0.4, "people": -0.4}),
        ("umbra-12b", 0.50, {"drama": 0.6, "photo": 0.2, "nature": -0.4}),
        ("moss-1", 0.25, {"nature": 0.9, "geometry": -0.5}),
        ("paper-crane", 0.35, {"design": 0.6, "photo": -1.0}),
        ("cobalt-xl", 0.20, {}),
        ("aster-3-mini", 0.30, {"people": 0.2, "light": 0.2}),
        ("z-image-turbo", 0.15, {"lettering": 0.5, "geometry": -0.2, "edit": -2.6}),
        ("pelagic-8b", -0.05, {"drama": 0.3, "lettering": -0.8}),
        ("lumiere-lite", -0.20, {"photo": 0.2}),
        ("cobalt-turbo", -0.45, {"lettering": -0.6}),
        ("juniper-mini", -0.70, {"design": 0.2}),
        ("kestrel-1", -0.60, {"geometry": 0.4}),
        ("sketchbook", -0.95, {"design": 0.5, "photo": -0.8}),
        ("driftwood", -1.10, {"nature": 0.3}),
        ("fern-edit", 1.20, {"edit": 0.3}),
        ("halcyon-edit", 0.80, {"light": 0.6, "people": -0.4}),
    )
)
BOTH_MODES: Final = frozenset(
    {"aster-3", "larch-xl", "kestrel-2", "lumiere-pro", "quill-diffusion-2", "umbra-12b", "moss-1", "cobalt-xl"}
)
EDIT_ONLY: Final = frozenset({"fern-edit", "halcyon-edit"})


def strength_in(model: DemoModel, competition: DemoCompetition) -> float:
    """The log strength a model has in a competition."""
    return model.strength + sum(model.bents.get(subject, 0.0) for subject in competition.subjects)


def entrants_of(competition: DemoCompetition) -> tuple[DemoModel, ...]:
    """Who takes part, always with the seed's model; the weakest stay out of the smaller fields."""
    edits = competition.mode == IMAGE_EDIT
    able = [
        model
        for model in MODELS
        if model.slug == "z-image-turbo"
        or (model.slug in BOTH_MODES | EDIT_ONLY if edits else model.slug not in EDIT_ONLY)
    ]
    others = [model for model in able if model.slug != "z-image-turbo"]
    chosen = others[: competition.entrants - 1]
    return tuple(model for model in able if model in chosen or model.slug == "z-image-turbo")

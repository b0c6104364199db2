"""What the slug of a model may be: as model names are written, with their version's dots. Pure."""

import re
from typing import Final

LONGEST_MODEL_SLUG: Final = 120
# a dot stands between other characters, so that no slug is a folder's name or looks like the end of an address
MODEL_SLUG: Final = re.compile(r"[-\w]+(\.[-\w]+)*", re.ASCII)
ALLOWED_IN_MODEL_SLUG: Final = "ASCII letters, digits, -, _ and single dots between them"

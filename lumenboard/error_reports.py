"""What an error page or report may show of a failed call: never the variables of code that handles provider keys."""

from types import FrameType
from typing import Any, Final

from django.http import HttpRequest
from django.views.debug import SafeExceptionReporterFilter

# Whatever they hold on the way may be, or contain, a key.
HANDLE_KEYS: Final = (
    "providers.accounts",
    "providers.adapters",
    "providers.admin.accounts",
    "providers.dispatch",
    "cryptography",
    "httpcore2",
    "httpx2",
)
HIDDEN: Final = "not shown: it may hold a key"


class HidesKeys(SafeExceptionReporterFilter):
    """Also with debug pages on, where Django itself hides nothing."""

    def get_traceback_frame_variables(self, request: HttpRequest | None, tb_frame: FrameType) -> Any:
        module = f"{tb_frame.f_globals.get('__name__', '')}."
        if any(module.startswith(f"{name}.") for name in HANDLE_KEYS):
            return [(name, HIDDEN) for name in tb_frame.f_locals]
        return super().get_traceback_frame_variables(request, tb_frame)

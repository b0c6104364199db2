"""The child that decodes is limited, and one that misbehaves is not believed."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arena.images.intake import limits
from arena.images.intake import take_in as take_in_module
from arena.images.intake.refusals import DecoderBroken, ImageRefused, Reason
from arena.images.intake.take_in import take_in
from tests.intake.files import make_file


def test_a_child_is_up_within_half_a_second_without_django() -> None:
    loaded = "import sys, arena.images.intake.decoder; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=take_in_module.ROOT, check=False).returncode == 0
    before = time.monotonic()
    take_in(make_file())
    assert time.monotonic() - before < 2.0


def run_child(script: str, **options) -> subprocess.CompletedProcess[bytes]:
    begin = "from arena.images.intake.decoder import limit_self; limit_self()\n"
    return subprocess.run(
        [sys.executable, "-c", begin + script],
        cwd=take_in_module.ROOT,
        capture_output=True,
        timeout=20,
        check=False,
        **options,
    )


def test_a_child_can_open_no_file_and_hold_no_more_memory() -> None:
    assert b"Too many open files" in run_child("open('/etc/hostname')").stderr
    assert b"Too many open files" in run_child("import socket; socket.socket()").stderr
    assert b"MemoryError" in run_child(f"bytes({limits.MEMORY_BYTES})").stderr


def test_a_child_has_only_so_much_processor_time_and_dumps_no_core() -> None:
    told = run_child("import resource as r; print(r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_CORE))").stdout
    assert told == f"({limits.PROCESSOR_S}, {limits.PROCESSOR_S}) (0, 0)\n".encode()


def take_in_by(script: str):
    return take_in(make_file(), decoder=(sys.executable, "-c", script))


def test_a_child_knows_none_of_our_environment() -> None:
    assert "DJANGO_SETTINGS_MODULE" in os.environ
    with pytest.raises(DecoderBroken) as broken:
        take_in_by(f"import os, sys; sys.exit(7 if set(os.environ) == {set(take_in_module.ENVIRON)} else 8)")
    assert "status 7" in str(broken.value)


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("import time; time.sleep(60)", Reason.TOO_SLOW),
        ("resource.setrlimit(resource.RLIMIT_CPU, (1, 1))\nwhile True: pass", Reason.TOO_SLOW),
        ("import os; os.abort()", Reason.DAMAGED),
        ("import ctypes; ctypes.string_at(0)", Reason.DAMAGED),
    ],
)
def test_a_child_that_hangs_or_dies_is_an_image_refused(script: str, reason: Reason) -> None:
    before = time.monotonic()
    with pytest.raises(ImageRefused) as refused:
        take_in_by("import resource; resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n" + script)
    assert refused.value.reason == reason
    assert time.monotonic() - before < limits.WALL_CLOCK_S + 1


LOOKS = '{"sharpness": 1, "saturation": 0.5, "contrast": 0.5}'
SIZES = '{"full_bytes": 12, "small_bytes": 12, "width_px": %d, "height_px": 1, "looks": ' + LOOKS + "}\\n"
BODY = "RIFF----WEBP" * 2


def test_an_answer_in_order_is_taken() -> None:
    assert take_in_by(f"import sys; sys.stdout.write('{SIZES % 1 + BODY}')").looks.contrast == 0.5


@pytest.mark.parametrize(
    "answer",
    [
        "",
        "hello",
        "[]",
        '{"refused": "made up"}',
        SIZES % 1 + BODY[:20],
        SIZES % 1 + BODY + "more",
        SIZES % 0 + BODY,
        SIZES % 99_999 + BODY,
        SIZES % 1 + "<script>----" + BODY[:12],
        SIZES.replace("0.5", "1.5") % 1 + BODY,
        SIZES.replace("0.5", "NaN") % 1 + BODY,
        SIZES.replace(LOOKS, "{}") % 1 + BODY,
    ],
)
def test_an_answer_that_makes_no_sense_is_not_believed(answer: str) -> None:
    with pytest.raises(DecoderBroken):
        take_in_by(f"import sys; sys.stdout.write('{answer}')")


def test_a_child_cannot_fill_the_disk(tmp_path: Path) -> None:
    with (tmp_path / "answer").open("wb") as answer:
        script = "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))"
        begin = "from arena.images.intake.decoder import limit_self; limit_self()\n"
        command = [sys.executable, "-c", begin + script]
        assert subprocess.run(
            command, cwd=take_in_module.ROOT, stdout=answer, stderr=subprocess.DEVNULL, check=False
        ).returncode
    assert (tmp_path / "answer").stat().st_size == limits.OUTPUT_BYTES

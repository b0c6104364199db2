"""What decoding takes, measured on the largest images allowed, and what happens when a child misbehaves."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from arena.intake import limits
from arena.intake import take_in as take_in_module
from arena.intake.refusals import DecoderBroken, ImageRefused, Reason
from arena.intake.take_in import take_in
from tests.intake.files import make_bomb, make_file, make_noise, make_texts

MEASURE = """
import json, resource, subprocess, sys, time
from arena.intake.take_in import DECODER, ENVIRON
started = time.monotonic()
done = subprocess.run(DECODER, stdin=open(sys.argv[1], "rb"), stdout=subprocess.PIPE, env=ENVIRON, cwd="/")
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([spent.ru_maxrss // 1024, spent.ru_utime + spent.ru_stime, done.returncode, len(done.stdout)]))
"""

LARGEST = {
    "png of 40 million transparent pixels": lambda: make_noise("PNG", (6320, 6320), "RGBA", compress_level=1),
    "png of 40 million pixels in one bit": lambda: make_bomb(6320, 6320),
    "jpeg of 40 million pixels": lambda: make_noise("JPEG", (6320, 6320), quality=90, subsampling=0),
    "jpeg of 40 million pixels in cmyk": lambda: make_noise("JPEG", (8000, 5000), "CMYK"),
    "progressive jpeg of 20 million pixels": lambda: make_noise(
        "JPEG", (5000, 4000), progressive=True, subsampling=0, quality=90
    ),
    "progressive jpeg of 20 million pixels in cmyk": lambda: make_noise(
        "JPEG", (5000, 4000), "CMYK", progressive=True, subsampling=0
    ),
    "webp of 4096 squared": lambda: make_noise("WEBP", (4096, 4096), method=0),
    "webp of 4096 squared, transparent": lambda: make_noise("WEBP", (4096, 4096), "RGBA", method=0, quality=60),
    "13,000 squared in one bit": lambda: make_bomb(13_000, 13_000),
    "10,000 text chunks": lambda: make_file(pnginfo=make_texts(10_000)),
}
TAKEN = [name for name in LARGEST if name not in ("13,000 squared in one bit", "10,000 text chunks")]


def measured(content: bytes, tmp_path: Path) -> tuple[int, float, int, int]:
    """Peak resident MiB, processor seconds, exit status and bytes answered of one child, its interpreter included."""
    file = tmp_path / "image"
    file.write_bytes(content)
    told = subprocess.run(
        [sys.executable, "-c", MEASURE, file], capture_output=True, text=True, check=True, cwd=take_in_module.ROOT
    )
    return tuple(json.loads(told.stdout))


@pytest.mark.parametrize("name", LARGEST)
def test_a_child_stays_under_300_mib_and_5_seconds(name: str, tmp_path: Path) -> None:
    memory_mib, processor_s, status, answered = measured(LARGEST[name](), tmp_path)
    print(f"{name}: {memory_mib} MiB, {processor_s:.2f} s")
    assert status == 0
    assert memory_mib < 300
    assert processor_s < 5
    assert (answered > 1000) == (name in TAKEN)


def test_a_child_is_up_within_half_a_second_without_django() -> None:
    loaded = "import sys, arena.intake.decoder; sys.exit(any(m.split('.')[0] == 'django' for m in sys.modules))"
    assert subprocess.run([sys.executable, "-c", loaded], cwd=take_in_module.ROOT, check=False).returncode == 0
    before = time.monotonic()
    take_in(make_file())
    assert time.monotonic() - before < 2.0


def run_child(script: str, **options) -> subprocess.CompletedProcess[bytes]:
    begin = "from arena.intake.decoder import limit_self; limit_self()\n"
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
        ("from arena.intake.decoder import limit_self; limit_self()\nwhile True: pass", Reason.TOO_SLOW),
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


SIZES = '{"full_bytes": 12, "small_bytes": 12, "width_px": %d, "height_px": 1}\\n'
BODY = "RIFF----WEBP" * 2


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
    ],
)
def test_an_answer_that_makes_no_sense_is_not_believed(answer: str) -> None:
    with pytest.raises(DecoderBroken):
        take_in_by(f"import sys; sys.stdout.write('{answer}')")


def test_a_child_cannot_fill_the_disk(tmp_path: Path) -> None:
    with (tmp_path / "answer").open("wb") as answer:
        script = "import sys\nwhile True: sys.stdout.buffer.write(bytes(1 << 20))"
        begin = "from arena.intake.decoder import limit_self; limit_self()\n"
        command = [sys.executable, "-c", begin + script]
        assert subprocess.run(
            command, cwd=take_in_module.ROOT, stdout=answer, stderr=subprocess.DEVNULL, check=False
        ).returncode
    assert (tmp_path / "answer").stat().st_size == limits.OUTPUT_BYTES

"""What decoding takes, measured on the largest images that are allowed, and on two that are not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from arena.images.intake.take_in import ROOT
from tests.intake.files import make_bomb, make_file, make_noise, make_texts

MEASURE = """
import json, resource, subprocess, sys, time
from arena.images.intake.take_in import DECODER, ENVIRON
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
    told = subprocess.run([sys.executable, "-c", MEASURE, file], capture_output=True, text=True, check=True, cwd=ROOT)
    return tuple(json.loads(told.stdout))


@pytest.mark.parametrize("name", LARGEST)
def test_a_child_stays_under_300_mib_and_5_seconds(name: str, tmp_path: Path) -> None:
    memory_mib, processor_s, status, answered = measured(LARGEST[name](), tmp_path)
    print(f"{name}: {memory_mib} MiB, {processor_s:.2f} s")
    assert status == 0
    assert memory_mib < 300
    assert processor_s < 5
    assert (answered > 1000) == (name in TAKEN)

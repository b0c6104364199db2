"""What decoding takes, measured on the largest images that are allowed, and on two that are not."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from arena.images.intake.limits import PATIENT_PROCESSOR_S, PROCESSOR_S
from arena.images.intake.take_in import ROOT
from tests.intake.files import make_bomb, make_file, make_noise, make_texts

MEASURE = """
import json, resource, subprocess, sys
from arena.images.intake.take_in import RECODER, SANITIZER
from arena.images.intake.take_in import DECODER, ENVIRON
child = {"keep": DECODER, "send": (*SANITIZER, "", ""), "webp": (*RECODER, "webp", "95")}[sys.argv[2]]
done = subprocess.run(child, stdin=open(sys.argv[1], "rb"), stdout=subprocess.PIPE, env=ENVIRON, cwd="/")
spent = resource.getrusage(resource.RUSAGE_CHILDREN)
print(json.dumps([spent.ru_maxrss // 1024, spent.ru_utime + spent.ru_stime, done.returncode, len(done.stdout)]))
"""

TURNED = Image.Exif()
TURNED[0x0112] = 6

LARGEST = {
    "png of 50 million transparent pixels": lambda: make_noise("PNG", (7071, 7071), "RGBA", compress_level=1),
    "png of 40 million transparent pixels": lambda: make_noise("PNG", (6320, 6320), "RGBA", compress_level=1),
    "png of 50 million pixels in one bit": lambda: make_bomb(7071, 7071),
    "jpeg of 50 million pixels": lambda: make_noise("JPEG", (8160, 6120), quality=90, subsampling=0),
    "jpeg of 40 million pixels, turned": lambda: make_noise(
        "JPEG", (6320, 6320), quality=90, subsampling=0, exif=TURNED
    ),
    "jpeg of 50 million pixels in cmyk": lambda: make_noise("JPEG", (10_000, 5000), "CMYK"),
    "progressive jpeg of 50 million pixels": lambda: make_noise(
        "JPEG", (8160, 6120), progressive=True, subsampling=1, quality=90
    ),
    "progressive jpeg of 25 million pixels in full colour": lambda: make_noise(
        "JPEG", (5000, 5000), progressive=True, subsampling=0, quality=90
    ),
    "progressive jpeg of 25 million pixels in cmyk": lambda: make_noise(
        "JPEG", (5000, 5000), "CMYK", progressive=True, subsampling=0
    ),
    "webp of 4096 squared": lambda: make_noise("WEBP", (4096, 4096), method=0),
    "webp of 4096 squared, transparent": lambda: make_noise("WEBP", (4096, 4096), "RGBA", method=0, quality=60),
    "webp of 4096 squared, turned": lambda: make_noise("WEBP", (4096, 4096), method=0, exif=TURNED),
    "13,000 squared in one bit": lambda: make_bomb(13_000, 13_000),
    "10,000 text chunks": lambda: make_file(pnginfo=make_texts(10_000)),
}
TAKEN = [name for name in LARGEST if name not in ("13,000 squared in one bit", "10,000 text chunks")]


def measured(content: bytes, tmp_path: Path, child: str) -> tuple[int, float, int, int]:
    """Peak resident MiB, processor seconds, exit status and bytes answered of one child, its interpreter included."""
    file = tmp_path / "image"
    file.write_bytes(content)
    command = [sys.executable, "-c", MEASURE, file, child]
    told = subprocess.run(command, capture_output=True, text=True, check=True, cwd=ROOT)
    return tuple(json.loads(told.stdout))


@pytest.mark.parametrize("name", LARGEST)
@pytest.mark.parametrize(("child", "most_s"), [("keep", PROCESSOR_S), ("send", PATIENT_PROCESSOR_S)])
def test_a_child_stays_under_its_bounds(child: str, most_s: int, name: str, tmp_path: Path) -> None:
    memory_mib, processor_s, status, answered = measured(LARGEST[name](), tmp_path, child)
    print(f"{child} {name}: {memory_mib} MiB, {processor_s:.2f} s")
    assert status == 0
    assert memory_mib < 300
    assert processor_s < most_s
    assert (answered > 1000) == (name in TAKEN)


def test_a_picture_of_24_million_pixels_becomes_webp_in_its_full_size(tmp_path: Path) -> None:
    memory_mib, processor_s, _, answered = measured(make_noise("PNG", (6000, 4000)), tmp_path, "webp")
    print(f"6000x4000 as webp: {memory_mib} MiB, {processor_s:.2f} s")
    assert memory_mib < 300
    assert answered > 1_000_000

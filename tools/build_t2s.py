"""Writes src/searchsvc/text/data/t2s.txt: traditional characters and the simplified one each stands for.

Needs the opencc package (Open Chinese Convert, Apache 2.0), whose character table is asked for one character at a time.
Only pairs of one character each are kept: folding must not change the length of a text. Run it by hand.
"""

from pathlib import Path

from opencc import OpenCC  # type: ignore[import-untyped,unused-ignore]

TARGET = Path(__file__).parents[1] / "src/searchsvc/text/data/t2s.txt"
BLOCKS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00), (0x20000, 0x32400))


def main() -> None:
    convert = OpenCC("t2s").convert
    pairs = []
    for first, last in BLOCKS:
        for code in range(first, last):
            char = chr(code)
            simplified = convert(char)
            if simplified != char and len(simplified) == 1:
                pairs.append(char + convert(simplified))
    head = "# Traditional, simplified. Made by tools/build_t2s.py from Open Chinese Convert (Apache 2.0).\n"
    TARGET.write_text(head + "\n".join(pairs) + "\n", "utf-8")


if __name__ == "__main__":
    main()

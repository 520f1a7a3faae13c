"""The compiled parts, built where there is a C compiler; everything else is in pyproject.toml."""

from setuptools import Extension, setup

ENGINE = "src/searchsvc/engines/whoosh/native"
TEXT = "src/searchsvc/text/native"
DUPLICATES = "src/searchsvc/duplicates/native"

setup(
    ext_modules=[
        Extension(
            "searchsvc.engines.whoosh._kernel",
            [f"{ENGINE}/{name}.c" for name in ("module", "reader", "search", "strings")],
            depends=[f"{ENGINE}/reader.h", f"{ENGINE}/packing.h"],
            extra_compile_args=["-O3"],
            optional=True,
        ),
        Extension(
            "searchsvc.engines.whoosh._writing",
            [f"{ENGINE}/{name}.c" for name in ("writing", "invert", "merge")],
            depends=[f"{ENGINE}/writing.h", f"{ENGINE}/packing.h"],
            extra_compile_args=["-O3"],
            optional=True,
        ),
        Extension(
            "searchsvc.duplicates._vectors",
            [f"{DUPLICATES}/vectors.c"],
            extra_compile_args=["-O3"],
            optional=True,
        ),
        Extension("searchsvc.text._matching", [f"{TEXT}/matching.c"], extra_compile_args=["-O3"], optional=True),
    ]
)

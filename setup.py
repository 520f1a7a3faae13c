"""The compiled part, built where there is a C compiler; everything else is in pyproject.toml."""

from setuptools import Extension, setup

NATIVE = "src/searchsvc/engines/whoosh/native"

setup(
    ext_modules=[
        Extension(
            "searchsvc.engines.whoosh._kernel",
            [f"{NATIVE}/{name}.c" for name in ("module", "reader", "search", "strings")],
            depends=[f"{NATIVE}/reader.h"],
            extra_compile_args=["-O3"],
            optional=True,
        )
    ]
)

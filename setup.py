"""The compiled part, built where there is a C compiler; everything else is in pyproject.toml."""

from setuptools import Extension, setup

setup(
    ext_modules=[
        Extension(
            "searchsvc.engines.whoosh._kernel",
            ["src/searchsvc/engines/whoosh/_kernel.c"],
            extra_compile_args=["-O3"],
            optional=True,
        )
    ]
)

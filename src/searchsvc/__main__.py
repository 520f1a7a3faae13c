"""`python -m searchsvc` is the `searchsvc` command."""

from .cli import main

if __name__ == "__main__":
    main(prog_name="searchsvc")

"""How libraries say that memory does not suffice."""

from __future__ import annotations

OUT_OF_MEMORY = (
    "out of memory",
    "allocate memory",
    "not enough memory",
    "bad_alloc",
    "alloc_failed",  # cuBLAS and cuDNN
    "allocation_failed",
    "could not create a primitive",  # oneDNN, on the processor
)


def lacks_memory(text: str) -> bool:
    """Return True for the text of an error that tells of a lack of memory, the machine's or a GPU's."""
    return any(words in text.lower() for words in OUT_OF_MEMORY)

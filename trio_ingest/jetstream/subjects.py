"""Subjects: words with dots between. In a pattern `*` is one word, and `>` all that follow."""


def fits(subject: str, pattern: str) -> bool:
    """Say whether *pattern* takes *subject*."""
    words, wanted = subject.split("."), pattern.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(words) <= len(wanted):
            return False
        words = words[: len(wanted)]
    return len(words) == len(wanted) and all(
        want in ("*", word) for word, want in zip(words, wanted, strict=True)
    )

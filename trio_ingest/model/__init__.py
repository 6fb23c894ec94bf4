"""The nouns of the daemon. This package imports attrs and the standard library, nothing of ours."""

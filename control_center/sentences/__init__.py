"""Explanations in words: a proof in, sentences out, one module a language."""

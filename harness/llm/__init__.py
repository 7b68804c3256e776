"""Talking to language models; needs the extra `llm`."""

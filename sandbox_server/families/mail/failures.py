"""What the tools refuse, in the words of a mail connector."""


class Refusal(Exception):
    """An answer that announces a failure."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text

"""No isolation: the command runs as the user, on the user's machine."""

from collections.abc import Sequence

from harness.isolation import LOOPBACK, Ended, Jail, Jailed, isolations


@isolations.register("none")
class Open:
    """Confines nothing."""

    def refusal(self, image: str = "") -> str | None:
        """It can always be had."""
        return None

    def address(self, *, closed: bool) -> str:
        """The loopback that everybody shares."""
        return LOOPBACK

    def command(self, words: Sequence[str], jail: Jail) -> list[str]:
        """The words themselves."""
        return list(words)

    def jailed(self, words: Sequence[str], jail: Jail, words_fd: int) -> Jailed:
        """The words themselves: there is nothing to hide."""
        return Jailed(list(words))

    def ended(self, status: int, report: str) -> Ended:
        """Whatever was started has run."""
        return Ended(ran=True)

"""People take their seats in an episode: who answers where, which servers are theirs alone, and who speaks first."""

from collections.abc import Callable, Mapping, Sequence

from harness.scenario import SeedsFile
from harness.staging.seeds import seeds_of
from harness.users.answering import Player
from harness.users.person import Person
from harness.users.presence import HERE, Presence
from harness.users.smith import TemplateSmith, Wordsmith
from sandbox_server.episode import Episode

Smiths = Callable[[Person], Wordsmith]


def by_template(person: Person) -> Wordsmith:
    """Nobody needs a model."""
    return TemplateSmith()


def seat(
    episode: Episode, people: Sequence[Person], seed: int, smiths: Smiths = by_template, presence: Presence = HERE
) -> Mapping[str, Player]:
    """Let people answer in an episode; returns who plays them."""
    players = {
        person.server: Player(person, seed, episode.first, smiths(person), presence) for person in people
    }  # fmt: skip
    episode.turns.answerers = dict(players)
    episode.reserved = reserved_by(people)
    return players


def reserved_by(people: Sequence[Person]) -> Mapping[str, str]:
    """The servers that people have for themselves, by the actor's name."""
    return {server: person.actor for person in people for server in person.written.servers}


def seated(episode: Episode) -> Mapping[str, Player]:
    """Who is played in an episode, by server."""
    return {server: each for server, each in episode.turns.answerers.items() if isinstance(each, Player)}


async def greet(episode: Episode, players: Mapping[str, Player]) -> None:
    """Let everybody write their first message, unless the episode goes on from where they have."""
    for player in players.values():
        if not player.memory(episode).greeted:
            await player.greet(episode)


async def receive(episode: Episode, people: Sequence[Person], pinned: SeedsFile) -> None:
    """Let a scenario's people take their seats in an opened episode and write first; a reset goes back to there."""
    seeds = seeds_of(pinned, episode.world.chance.seed, 1)
    await greet(episode, seat(episode, people, seeds.user))
    episode.first = episode.parked

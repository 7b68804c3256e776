"""Who words what the people of a scenario say, and whether that can work."""

from functools import cache
from pathlib import Path

from harness.agent import AgentError, Options
from harness.agents.model import require_llm
from harness.llm.naming import model_name
from harness.scenario import Scenario
from harness.users.exchanges import Exchange, read_exchanges
from harness.users.model_smith import smith_of
from harness.users.person import Person
from harness.users.seating import Smiths, by_template
from harness.users.smith import Wordsmith


def check_wording(scenario: Scenario, options: Options) -> None:
    """Refuse early a model that cannot be asked. Raises AgentError and ExchangeError."""
    for person in scenario.users:
        model = _model(person, options)
        if person.written.wording == "model" and model is None:
            raise AgentError(
                f"{scenario.name}: a model is to word what {person.server} says, and none is named",
                hint="write `model` beside `wording`, or give --user-model",
            )
        if person.written.wording == "model" and model is not None:
            model_name(model, options.user_base_url)
            require_llm()
    if options.user_words is not None:
        known(options.user_words)


def smiths_of(options: Options, record: Path | None) -> Smiths:
    """Who words what each person says in one episode."""

    def smith(person: Person) -> Wordsmith:
        model = _model(person, options)
        if person.written.wording != "model" or model is None:
            return by_template(person)
        words = known(options.user_words) if options.user_words is not None else None
        return smith_of(model, options.user_base_url, record, words)

    return smith


@cache
def known(place: Path) -> dict[str, Exchange]:
    """The exchanges that may be used again; read once. Raises ExchangeError."""
    return dict(read_exchanges(place))


def _model(person: Person, options: Options) -> str | None:
    return person.written.model or options.user_model

"""A report in a real browser: quiet, filtered, sorted, linked to, driven by keys, in every light."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, expect

from tests.harness.reporting.pages import Watched, contents, watched

ROWS = 100
"""How many the table shows at once."""


@pytest.mark.parametrize(
    ("name", "value", "fits"),
    [
        ("text", "case-07 dropped", lambda row, index: index["scenarios"][row[1]] == "case-07" and row[2] == 1),
        ("scenario", "case-03", lambda row, index: index["scenarios"][row[1]] == "case-03"),
        ("arm", "calm", lambda row, index: index["arms"][row[2]] == "calm"),
        ("outcome", "failure", lambda row, index: index["outcomes"][row[4]] == "failure"),
        ("blame", "fault", lambda row, index: index["blames"][row[5]] == "fault"),
        ("rule", "dropped-wire/reset-after", lambda row, index: bool(row[11])),
        ("cause", "1", lambda row, index: row[14] == 1),
    ],
)
def test_every_filter_shows_what_fits_and_is_held_in_the_address(
    made: Watched, made_report: Path, name: str, value: str, fits: Callable[[Any, Any], bool]
) -> None:
    """What is filtered can be linked to: the same address shows the same rows."""
    page = made.open()
    control = page.locator(f"#filters [name={name}]")

    if name == "text":
        control.fill(value)
    else:
        control.select_option(value)

    index = contents(made_report).index
    wanted = [row[0] for row in index["rows"] if fits(row, index)]
    assert 0 < len(wanted) < len(index["rows"])
    assert made.keys == wanted[:ROWS]
    assert page.locator("#counted").inner_text() == f"{len(wanted)} of {len(index['rows'])}"
    address = page.evaluate("location.hash")
    assert address.startswith(f"#{name}=")
    made.open(address)
    assert made.keys == wanted[:ROWS]
    assert control.input_value() == value


def test_filters_go_together_and_are_cleared_at_once(made: Watched) -> None:
    """Each filter narrows what the others left."""
    page = made.open("#outcome=failure&arm=dropped-wire")
    both = len(made.keys)
    page.locator("#filters [name=scenario]").select_option("case-03")

    assert 0 < len(made.keys) < both
    page.get_by_role("button", name="Clear").click()
    assert len(made.keys) == ROWS
    page.locator("#filters [name=text]").fill("nothing is called this")
    expect(page.locator(".episodes tbody")).to_have_text("No episode fits.")


def test_columns_sort_both_ways_and_back(made: Watched, made_report: Path) -> None:
    """The order is held in the address, too."""
    page = made.open()
    reward = {row[0]: row[7] for row in contents(made_report).index["rows"]}
    head = page.get_by_role("button", name="Reward")

    head.click()
    assert [reward[key] for key in made.keys] == sorted(reward.values())[:ROWS]
    assert page.locator("th[data-column=reward]").get_attribute("aria-sort") == "ascending"
    head.click()
    assert [reward[key] for key in made.keys] == sorted(reward.values(), reverse=True)[:ROWS]
    assert page.evaluate("location.hash") == "#sort=-reward"
    head.click()
    assert page.evaluate("location.hash") == ""


def test_more_rows_come_when_they_are_asked_for(made: Watched) -> None:
    """Three hundred episodes, a hundred at a time."""
    page = made.open()
    page.locator("#more").click()
    page.locator("#more").click()

    assert len(made.keys) == len(set(made.keys)) == 300
    expect(page.locator("#more")).to_be_hidden()


def test_a_link_leads_to_a_step(made: Watched) -> None:
    """Whoever opens it sees that step, in focus and on the screen."""
    page = made.open("#episode=case-03%40dropped-wire-2&step=9")
    step = page.locator("#step-9")

    expect(step).to_be_focused()
    expect(step).to_be_in_viewport(ratio=0.5)
    assert page.locator("#summary").is_hidden()
    assert page.locator(".step[data-step]").count() == 12
    expect(page.locator(".mark.here")).to_have_attribute("data-step", "9")


def test_a_link_to_no_episode_says_so(made: Watched) -> None:
    """Nothing breaks by an old or a wrong address."""
    page = made.open("#episode=%E0%A4%A&step=x&sort=nonsense&unknown=1")

    expect(page.locator("#episode .banner")).to_contain_text("There is no episode")


def test_everything_can_be_reached_by_keys(made: Watched) -> None:
    """From the table into an episode, along its steps, to the next episode, back, and to the search."""
    page = made.open()
    first, second = made.keys[:2]
    press = page.keyboard.press

    for key in ("j", "j", "k", "ArrowDown", "ArrowUp"):
        press(key)
    expect(page.locator(f"tr[data-key='{first}'] a")).to_be_focused()
    press("Enter")
    expect(page.locator(".timeline")).to_be_visible()
    for key in ("j", "j", "j", "k"):
        press(key)
    expect(page.locator("#step-2")).to_be_focused()
    press("ArrowRight")
    page.wait_for_function("key => location.hash.includes(encodeURIComponent(key))", arg=second)
    press("ArrowLeft")
    page.wait_for_function("key => location.hash.includes(encodeURIComponent(key))", arg=first)
    press("Escape")
    expect(page.locator(f"tr[data-key='{first}'] a")).to_be_focused()
    press("/")
    expect(page.locator("#filters [name=text]")).to_be_focused()
    page.keyboard.type("case-04")
    press("Escape")
    press("Escape")
    assert len(made.keys) == ROWS
    press("?")
    expect(page.locator("#keys")).to_be_visible()
    press("Escape")
    expect(page.locator("#keys")).to_be_hidden()


def test_keys_may_come_faster_than_the_page(made: Watched) -> None:
    """Out of an episode and into the search in one moment: whoever types then is not interrupted."""
    page = made.open("#episode=case-03%40dropped-wire-2")

    press = "document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))"
    page.evaluate(f"for (const key of ['Escape', '/']) {press}")

    expect(page.locator("#summary")).to_be_visible()
    expect(page.locator("#filters [name=text]")).to_be_focused()


def test_summary_links_lead_to_the_episodes_that_they_count(made: Watched) -> None:
    """A square of the matrix, a part of the bar, a cause and its step."""
    page = made.open()
    page.locator("td.heat a").nth(3).click()
    expect(page.locator(".episodes tbody tr[data-key]")).to_have_count(6)
    made.open()
    page.locator(".where a", has_text="did harm").click()
    page.wait_for_function("location.hash === '#outcome=safety_violation'")
    made.open()
    page.locator(".cause.safety_violation a", has_text="step 3").first.click()
    expect(page.locator("#step-3")).to_be_focused()
    expect(page.locator("#step-3 .evidence.bad")).to_contain_text("refunded_twice")


def test_a_timeline_tells_what_was_told_true_and_changed(real: Watched, played_report: Path) -> None:
    """The lie stands beside the truth, people speak, changes have a before and an after, checks their evidence."""
    index = contents(played_report).index
    lied = [row[0] for row in index["rows"] if row[11] and "cancel" in row[0]]
    page = real.open(f"#episode={lied[0]}")

    hit = page.locator(".step.hit").first
    expect(hit.locator(".rules")).to_contain_text("quiet-lies/")
    expect(page.locator(".judged .checks li").first).to_be_visible()
    assert page.locator(".answers.two .truth").count() >= 1
    page = real.open("#episode=cancel-in-time%40calm-1")
    assert page.locator(".step.said .words").count() >= 1
    change = page.locator(".change.changed").first
    change.locator("summary").click() if change.get_attribute("open") is None else None
    expect(change.locator(".was").first).to_be_visible()
    expect(page.locator(".evidence.good").first).to_contain_text("Milestone")


def test_the_command_that_reproduces_an_episode_is_copied(real: Watched) -> None:
    """As it stands, quotes included; the key c does the same."""
    page = real.open("#episode=cancel-in-time%40calm-1")
    shown = page.locator(".reproduce code").first.inner_text()

    page.locator(".reproduce .copy").first.click()
    expect(page.locator("#said")).to_have_text("Copied")
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.press("Control+V")
    expect(page.locator("#filters [name=text]")).to_have_value(shown)


@pytest.mark.parametrize(
    ("scheme", "rules"),
    [("light", ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]), ("dark", ["color-contrast"])],
)
def test_both_schemes_are_readable_and_accessible(
    browser: Browser, played_report: Path, scheme: Any, rules: list[str]
) -> None:
    """axe-core finds nothing against WCAG 2.2 A and AA, contrast included, in the summary and in an episode."""
    with watched(browser, played_report, color_scheme=scheme) as found:
        for address in ("", "#episode=cancel-in-time%40quiet-lies-1&step=2"):
            page = found.open(address)
            found_wrong = Axe().run(page, options={"runOnly": rules, "resultTypes": ["violations"]})
            violations = found_wrong.response["violations"]
            assert [(one["id"], one["nodes"][0]["html"][:200]) for one in violations] == []


def test_the_scheme_can_be_switched(made: Watched) -> None:
    """Whatever the system says."""
    page = made.open()
    ground = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(ground)

    page.locator("#scheme").click()
    dark = page.evaluate(ground)
    assert dark != light
    page.locator("#scheme").click()
    assert page.evaluate(ground) == light


def test_a_narrow_window_scrolls_in_one_direction_only(browser: Browser, played_report: Path) -> None:
    """Tables scroll by themselves."""
    with watched(browser, played_report, viewport={"width": 380, "height": 800}) as found:
        for address in ("", "#episode=cancel-in-time%40quiet-lies-1"):
            page = found.open(address)
            assert page.evaluate("document.documentElement.scrollWidth") <= 380


def test_paper_shows_long_texts_whole_and_no_buttons(real: Watched) -> None:
    """Print is no picture of the screen."""
    page = real.open("#episode=cancel-in-time%40calm-1")
    page.emulate_media(media="print")

    assert page.locator(".words.long").first.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
    assert page.locator(".copy:visible, .buttons:visible").count() == 0


def test_without_scripts_the_summary_is_all_there(browser: Browser, made_report: Path) -> None:
    """Verdict, thresholds, matrix, causes and plots need none; what does, says so."""
    with watched(browser, made_report, java_script_enabled=False) as found:
        page = found.page
        page.goto(found.url)
        assert "threshold" in page.locator("h1").first.inner_text()
        assert page.locator(".thresholds tbody tr").count() == 2
        assert page.locator(".matrix tbody tr").count() == 25
        assert page.locator(".cause").count() >= 3
        assert page.locator(".plots svg").count() >= 3
        expect(page.get_by_text("need JavaScript")).to_be_visible()
        expect(page.locator("#filters")).to_be_hidden()


def test_the_page_may_do_nothing_but_what_it_brings(made: Watched) -> None:
    """The policy names our script and our style by their hashes, and keeps everything else out."""
    page = made.open()
    policy = str(page.locator("meta[http-equiv=Content-Security-Policy]").get_attribute("content"))
    rules = dict(rule.strip().split(" ", 1) for rule in policy.split(";"))

    assert rules["default-src"] == "'none'"
    assert rules["script-src"].startswith("'sha256-") and " " not in rules["script-src"]
    assert rules["style-src"].startswith("'sha256-") and " " not in rules["style-src"]
    assert json.dumps(policy).count("unsafe") == 0
    answered: list[str] = []
    page.on("response", lambda response: answered.append(response.url))
    tried = page.evaluate(_MISCHIEF)
    assert set(tried.values()) == {"TypeError"}
    page.wait_for_function("window.violated.length >= 3")
    assert page.evaluate("window.ran") is None
    assert answered == []
    made.complaints.clear()


_MISCHIEF = """() => {
  window.violated = [];
  addEventListener("securitypolicyviolation", (event) => window.violated.push(event.violatedDirective));
  const acts = {
    script: () => { document.createElement("script").textContent = "window.ran = 1"; },
    html: () => { document.body.innerHTML = "<img src=x onerror='window.ran = 2'>"; },
    handler: () => document.body.setAttribute("onclick", "window.ran = 3"),
  };
  document.body.append(Object.assign(document.createElement("img"), {src: "https://outside.example/x.png"}));
  document.body.append(Object.assign(document.createElement("iframe"), {src: "https://outside.example/"}));
  document.body.setAttribute("style", "background: url(https://outside.example/y.png)");
  fetch("https://outside.example/z").catch(() => 0);
  return Object.fromEntries(Object.entries(acts).map(([name, act]) => {
    try { act(); return [name, "done"]; } catch (error) { return [name, error.name]; }
  }));
}"""

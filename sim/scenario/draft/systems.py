"""The systems of an operating model: a card for each, with the few settings that state it and those behind.

Paths that begin with ``situation.`` are of the world that every operating model meets; all others are of one
operating model. A setting that does not exist in the kind that was chosen is not shown.
"""

from __future__ import annotations

from dataclasses import dataclass

KEY = "@"
"""Last step of a path that means the key of a mapping, such as the name of a skill among the people."""


@dataclass(frozen=True, slots=True)
class Field:
    """One setting on a card: its dotted path and what people call it."""

    path: str
    label: str


@dataclass(frozen=True, slots=True)
class Table:
    """Rows that can be added, changed and taken away.

    Attributes
    ----------
    path
        The list or mapping; ``#`` stands for every entry of a list, which makes a table of each.
    columns
        Settings of a row; ``@`` is the key of a mapping, an empty path the value of a mapping.
    add
        What the button says; empty where rows are fixed.
    """

    path: str
    label: str
    columns: tuple[Field, ...]
    add: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """Something that need not be there, with its settings once it is."""

    path: str
    label: str
    fields: tuple[Field, ...]


type Part = Field | Table | Switch


@dataclass(frozen=True, slots=True)
class System:
    """A card."""

    key: str
    title: str
    question: str
    few: tuple[Part, ...]
    more: tuple[Part, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """All that is on the card."""
        return self.few + self.more


def _f(path: str, label: str) -> Field:
    return Field(path, label)


_LAYER = (
    _f("name", "Who"),
    _f("kind", "How"),
    _f("meets_every_weeks", "Meets every (weeks)"),
    _f("paper_deadline_days", "Papers in (days before)"),
    _f("agenda", "Papers at most"),
    _f("approvers", "Approvers"),
    _f("hours_per_week", "Hours a week each"),
    _f("review_hours", "Hours for one"),
    _f("revise_chance", "Sends back (chance)"),
    _f("revise_days", "Revision (days)"),
    _f("refuse_chance", "Refuses (chance)"),
    _f("refuse_poor_chance", "Refuses poor ideas (chance)"),
)
_SET = (_f("@", "What"), _f("", "Is then"))
_DECISIONS = "governance.decisions"

IDENTITY = System(
    "identity",
    "Who this is",
    "What is it called, and what do you want to know?",
    (
        _f("name", "Name of the organisation"),
        _f("story", "Who this is, in a sentence"),
        _f("question", "What you would like to know"),
        Switch(
            "situation.money",
            "Prices: measure in money",
            (
                _f("situation.money.currency", "Currency"),
                _f("situation.money.person_year", "A person costs a year"),
                _f(
                    "situation.money.value_unit",
                    "A unit of value is worth (a finished request earns one a week)",
                ),
            ),
        ),
    ),
    (
        _f("run.horizon_weeks", "Weeks simulated"),
        _f("run.warm_up_weeks", "Weeks before measuring"),
        _f("run.tail_weeks", "Weeks after measuring"),
        _f("run.replications", "Histories"),
    ),
)

SYSTEMS: tuple[System, ...] = (
    System(
        "markets",
        "Markets",
        "What is asked for, of which product, and how long is it wanted?",
        (
            _f("situation.demand.arrivals.kind", "Requests come"),
            _f("situation.demand.arrivals.per_week", "Requests a week"),
            _f("situation.demand.arrivals.items", "Requests"),
            _f("situation.demand.arrivals.every_weeks", "Every (weeks)"),
            _f("situation.need.half_life_weeks", "Half of the needs end within (weeks)"),
            Table(
                "situation.products",
                "Products",
                (_f("name", "Product"), _f("share", "Share of requests")),
                "Add a product",
            ),
        ),
        (
            _f("situation.demand.arrivals.trend_per_year", "Requests grow in a year (share)"),
            _f("situation.need.value_per_week", "Value of a request a week"),
            _f("situation.need.benefit_window_weeks", "Value counts for (weeks)"),
            _f("situation.ideas.good_share", "Ideas that do what was hoped (share)"),
            _f("situation.ideas.harmful_share", "Ideas that do harm (share)"),
            Table(
                "situation.demand.outside",
                "Waits for somebody outside",
                (
                    _f("name", "Who"),
                    _f("before", "Before"),
                    _f("chance", "Chance"),
                    _f("days", "Working days"),
                ),
                "Add somebody outside",
            ),
        ),
    ),
    System(
        "scope",
        "Scope",
        "What does a request need, of whom, and how much?",
        (
            Table(
                "situation.demand.work",
                "Steps of the work",
                (
                    _f("activity", "Step"),
                    _f("skill", "Skill"),
                    _f("effort_days", "Working days (mean)"),
                    _f("needed_share", "Needed by (share)"),
                    _f("question_chance", "A question comes up (chance)"),
                    _f("defect_chance", "Leaves a defect (chance)"),
                    _f("checks", "Checks"),
                ),
                "Add a step",
            ),
        ),
        (
            _f("situation.demand.core", "Step whose team owns the code"),
            _f("situation.demand.coupling.other_products", "Other products a request touches"),
            _f("situation.demand.coupling.effort_days", "Days in each of them"),
            _f("situation.demand.scope_growth_per_quarter", "Grows in a quarter until begun (share)"),
            _f("situation.demand.rework_share", "Repairing a defect costs (share of the step)"),
        ),
    ),
    System(
        "capacity",
        "Capacity",
        "How many people of which skills are there, and for how much of the week?",
        (
            Table(
                "situation.people",
                "People",
                (
                    _f("@", "Skill"),
                    _f("", "People"),
                    _f("/situation.money.by_skill.*", "Costs a year"),
                    _f("/situation.part_time.*.people_share", "Work part time (share)"),
                    _f("/situation.part_time.*.week_share", "For so much of the week (share)"),
                ),
                "Add a skill",
            ),
            _f("structure.focus_share", "Share of the week for planned work"),
        ),
        (
            Table(
                "situation.absence",
                "Absence",
                (
                    _f("name", "Reason"),
                    _f("days_per_year", "Days a year"),
                    _f("spell_days", "Days at a time"),
                ),
                "Add a reason",
            ),
            Table(
                "situation.days_off",
                "Days on which nobody works",
                (
                    _f("name", "What"),
                    _f("week", "Week of the year"),
                    _f("weekday", "From (1: Monday)"),
                    _f("days", "Working days"),
                ),
                "Add days off",
            ),
            _f("situation.turnover.leaving_per_year", "Leave in a year (share)"),
            _f("situation.turnover.weeks_to_fill", "Weeks until somebody follows (mean)"),
            _f("situation.joining.start_share", "Who is new begins at (share of the pace)"),
            _f("situation.joining.half_time_weeks", "Half of what is missing is learnt in (weeks)"),
            _f("structure.communication_loss", "Talking with each other (share)"),
            _f("situation.money.overhead", "Overhead (times)"),
        ),
    ),
    System(
        "ownership",
        "Roles and ownership",
        "Which teams are there, and who serves which product?",
        (
            _f("structure.teams.kind", "Teams"),
            _f("structure.teams.penalty", "Nobody is a specialist (share of effort)"),
            Table(
                "structure.teams.teams",
                "Teams",
                (
                    _f("name", "Team"),
                    _f("type", "Kind"),
                    _f("products", "Serves (empty: all)"),
                    _f("people.*", ""),
                    _f("wip_limit_items", "Begun at most"),
                ),
                "Add a team",
            ),
        ),
        (
            _f("handoffs.wrong_team_chance", "Goes to a wrong team first (chance)"),
            _f("handoffs.triage_days", "Days until it is passed on"),
            _f("handoffs.delay_days", "Days from one team to the next"),
            _f("handoffs.context_loss", "Lost at a handoff (share of effort)"),
            _f("handoffs.return_chance", "Comes back with a question (chance)"),
        ),
    ),
    System(
        "governance",
        "Governance",
        "Whose yes is needed, where, and how often do they meet?",
        (
            Table(
                "governance.gates",
                "Gates",
                (
                    _f("before", "Stands before"),
                    _f("order", "Layers are asked"),
                    _f("yes_needed", "Yes needed of"),
                ),
                "Add a gate",
            ),
            Table("governance.gates.#.layers", "Layers of the gate before", _LAYER, "Add a layer"),
        ),
        (_f("governance.notice_chance", "Notices that a need has ended (chance)"),),
    ),
    System(
        "decisions",
        "Decision rights",
        "Who answers what comes up during the work?",
        (
            _f(f"{_DECISIONS}.team_mandate", "The team may answer (share of questions)"),
            Table(
                f"{_DECISIONS}.escalation",
                "Questions climb to, first to last",
                (
                    _f("name", "Who"),
                    _f(f"/{_DECISIONS}.mandates.*", "May answer (share of questions)"),
                    *_LAYER[1:7],
                ),
                "Add somebody",
            ),
            _f(f"{_DECISIONS}.answer_hours", "Hours for an answer"),
        ),
        (
            _f(f"{_DECISIONS}.team_hours", "Hours of the team for an answer"),
            _f(f"{_DECISIONS}.never_answered_chance", "Never answered (chance)"),
            _f(f"{_DECISIONS}.patience_days", "Asked again after (days)"),
            _f(f"{_DECISIONS}.when_unanswered", "What follows"),
            _f(f"{_DECISIONS}.team_accuracy", "A team is right (chance)"),
            _f(f"{_DECISIONS}.accuracy", "A layer is right (chance)"),
        ),
    ),
    System(
        "funding",
        "Funding",
        "How does the money come?",
        (
            _f("funding.kind", "Money comes"),
            _f("funding.every_weeks", "Weeks between two rounds"),
            _f("funding.acceptance", "Accepted in a round (chance)"),
        ),
        (
            _f("funding.budget_items", "Requests a round can fund"),
            _f("funding.rank_by", "Who comes first"),
            _f("funding.free_pool_below_days", "Needs no round below (days of work)"),
            _f("portfolio.limit", "In progress at most"),
            Switch(
                "portfolio.projects",
                "Requests are bundled into projects",
                (
                    _f("portfolio.projects.items", "Requests in a project"),
                    _f("portfolio.projects.forming_weeks", "Weeks to form"),
                    _f("portfolio.projects.release_together", "Go live together"),
                ),
            ),
        ),
    ),
    System(
        "flow",
        "Flow and priorities",
        "What is begun next, how much is open at once, and when does it go out?",
        (
            _f("structure.selection", "Taken first"),
            _f("structure.wip_limit_items", "Begun at most in a team"),
            _f("structure.items_per_person", "Open for each person"),
            _f("release.kind", "Goes live"),
            _f("release.every_weeks", "Weeks between two releases"),
            _f("release.freeze_days", "Scope is frozen (days before)"),
        ),
        (
            Table(
                "situation.demand.classes",
                "Classes of requests",
                (
                    _f("name", "Class"),
                    _f("share", "Share"),
                    _f("size", "Size (times)"),
                    _f("priority", "Priority"),
                    _f("deadline_weeks", "Due within (weeks)"),
                    _f("optional", "Optional"),
                ),
                "Add a class",
            ),
            Switch(
                "structure.reprioritise",
                "The order of what waits is changed again and again",
                (
                    _f("structure.reprioritise.every_weeks", "Changed every (weeks)"),
                    _f("structure.reprioritise.share", "Gets another place (share of what waits)"),
                ),
            ),
            Switch(
                "structure.limit_review",
                "Leaders move what may be begun at most by the lead times they see",
                (
                    _f("structure.limit_review.every_weeks", "They look every (weeks)"),
                    _f("structure.limit_review.rule", "They move it after"),
                    _f("structure.limit_review.points", "Bad ones in a row"),
                    _f("structure.limit_review.target_days", "Bad is above (days)"),
                    _f("structure.limit_review.step_items", "Moved by"),
                    _f("structure.limit_review.least_items", "Not below"),
                    _f("structure.limit_review.most_items", "Not above"),
                ),
            ),
            _f("handoffs.batch", "Passed on together"),
            _f("handoffs.every_weeks", "Passed on every (weeks)"),
        ),
    ),
    System(
        "alignment",
        "Alignment",
        "Do teams know the goal and the need, and what do they do about each other's work?",
        (
            _f(f"{_DECISIONS}.goal_clarity", "A team's answer serves the goal (chance)"),
            _f(f"{_DECISIONS}.need_clarity", "A layer's answer serves the need (chance)"),
            _f("dependencies.kind", "Work that touches other teams"),
            _f("dependencies.planning_every_weeks", "Planned together every (weeks)"),
            _f("dependencies.hours_per_pair", "Hours a week for each pair of teams"),
            _f("dependencies.redesign_days", "Days of redesign for each team"),
            _f("dependencies.left", "What is left afterwards (share)"),
        ),
        (
            _f("dependencies.turn", "Others' work stands in line"),
            _f(f"{_DECISIONS}.fidelity", "Survives each layer (share)"),
            _f(f"{_DECISIONS}.noticed_share", "Misses noticed during the work (share)"),
            _f(f"{_DECISIONS}.redo_share", "Done again (share of the step)"),
            _f(f"{_DECISIONS}.information_half_life_days", "Half of what was known holds for (days)"),
        ),
    ),
    System(
        "practices",
        "Team practices",
        "How do people in a team work together?",
        (
            _f("structure.iteration_weeks", "Iterations of (weeks)"),
            _f("structure.cross_skilled_share", "Can do more than their own skill (share)"),
            _f("structure.cross_skill_penalty", "Slower outside it (share of effort)"),
        ),
        (
            _f("structure.swarming", "Who is free helps: the second and next ones add (share of alone)"),
            _f("structure.goes_on", "After a step they"),
            _f("structure.protected_iterations", "Iterations are protected"),
            _f("structure.review_catches_share", "A review catches (share of misses)"),
            _f("structure.when_absent", "Work of who is away"),
            _f("structure.pass_on_after_days", "Is passed on after (days)"),
        ),
    ),
    System(
        "technology",
        "Technology",
        "What do tools and engineering take away?",
        (
            _f("technology.automation", "Automation (share of failures and deploy hours)"),
            _f("technology.prevention", "Defects never made (share)"),
            _f("technology.deploy_hours", "Hours to deploy"),
        ),
        (
            _f("technology.rollback", "Automated restoring (share of hours)"),
            Switch(
                "technology.self_service",
                "A platform offers a step",
                (
                    _f("technology.self_service.activity", "Step"),
                    _f("technology.self_service.share", "Served (share of requests)"),
                ),
            ),
            _f("situation.risks.failure_chance_of_a_release", "A release fails by itself (chance)"),
            _f("situation.risks.release_failure_chance", "A request breaks its release (chance)"),
            _f("situation.risks.restore_hours", "Hours to restore"),
            _f("situation.risks.incident_hours", "Hours for an incident"),
            _f("release.isolation", "What breaks a release is taken out (chance)"),
            _f("situation.money.failed_release", "A failed release costs"),
            _f("situation.money.escaped_defect", "An escaped defect costs"),
        ),
    ),
    System(
        "measurement",
        "Measurement",
        "When is it known what came of it, and what is looked at?",
        (
            _f("learning.validation_weeks", "Weeks until the outcome is known"),
            _f("learning.steering", "Steered by"),
        ),
    ),
    System(
        "learning",
        "Feedback and learning",
        "Is an idea tried out before it is built, and do outcomes teach?",
        (
            Switch(
                "discovery",
                "Ideas are tried out first",
                (
                    _f("discovery.skill", "By people of skill"),
                    _f("discovery.effort_days", "Days for a trial"),
                    _f("discovery.accuracy", "Right (chance)"),
                ),
            ),
            _f("learning.gain", "Gap closed by an outcome (share)"),
        ),
        (
            _f("learning.ceiling", "Good ideas at most (share)"),
            _f("learning.fading_half_life_weeks", "Half is out of date after (weeks)"),
        ),
    ),
    System(
        "lifecycle",
        "Lifecycle",
        "What becomes of what is live, and of products?",
        (
            _f("learning.retires", "What earns nothing is taken out"),
            _f("situation.risks.upkeep_hours_per_month", "Upkeep of a live request (hours a month)"),
        ),
        (
            Table(
                "situation.products",
                "Lives of products",
                (
                    _f("name", "Product"),
                    _f("launch_week", "Launched in week"),
                    _f("growth_weeks", "Grows for (weeks)"),
                    _f("decline_weeks", "Declines for (weeks)"),
                    _f("end_week", "Ends in week"),
                ),
            ),
        ),
    ),
    System(
        "evolution",
        "Evolution",
        "How does the organisation change by itself, and when on purpose?",
        (
            _f("governance.drift.add_chance", "An incident adds a layer (chance)"),
            _f("governance.drift.review_every_weeks", "Layers are looked over every (weeks)"),
            _f("capability.loss", "A new team is slower (share)"),
            Table(
                "timeline",
                "It changes on purpose, on dates",
                (
                    _f("name", "What happens"),
                    _f("at_week", "In week"),
                    _f("becomes", "It works from then on like"),
                    _f("in_flight", "What is in hand"),
                    _f("change_days", "Takes everybody (days)"),
                    _f("training_hours_per_week", "Training (hours a week)"),
                    _f("training_weeks", "For (weeks)"),
                    _f("double_running_weeks", "Old approvals hold, too, for (weeks)"),
                ),
                "Add a change of the organisation",
            ),
            Table("timeline.#.set", "What is different after", _SET, "Add a setting"),
        ),
        (
            Table(
                "situation.timeline",
                "The world changes on dates, for every operating model",
                (
                    _f("name", "What happens"),
                    _f("at_week", "In week"),
                    _f("over_weeks", "Little by little over (weeks)"),
                    _f("until_week", "As before from week"),
                ),
                "Add a change of the world",
            ),
            Table("situation.timeline.#.set", "What is different after", _SET, "Add a value"),
            _f("governance.drift.most_layers", "Added layers at most"),
            _f("capability.half_time_weeks", "Half of that is made up after (weeks)"),
        ),
    ),
)
"""Fifteen systems; with the four kinds of operating model that can be taken as they are, nineteen."""

MODELS: dict[str, str] = {
    "industrial": "Functional departments, gates, funding in rounds, releases in trains.",
    "product": "Stable teams of all skills for a product, funded as teams, released when ready.",
    "agile_product": "Product teams that try ideas out first and keep few things open.",
    "ai_product": "Product teams with faster tools and a review of every model before release.",
}
"""Operating models that can be taken as they are, with what they are."""

WORDS: dict[str, dict[str, str]] = {
    "structure.teams.kind": {
        "by_skill": "one for each skill",
        "by_product": "one for each product, of all skills",
        "generalist": "one pool in which anyone does anything",
        "listed": "as I write them down",
    },
    "funding.kind": {"continuous": "all the time: teams are funded", "rounds": "in rounds"},
    "release.kind": {"on_demand": "as soon as it is ready", "train": "on fixed days"},
    "dependencies.kind": {
        "ignore": "waits behind their own",
        "manage": "is planned together",
        "remove": "products are taken apart once",
    },
    "situation.demand.arrivals.kind": {
        "poisson": "at random",
        "regular": "evenly",
        "past_weeks": "as in past weeks",
        "batch": "in batches",
        "backlog": "all at the start",
        "trace": "from a list",
    },
    "layers.kind": {"desk": "when they find time", "board": "at meetings", "named": "as in another gate"},
    "escalation.kind": {"desk": "when they find time", "board": "at meetings", "named": "as in a gate"},
    "before": {"funding": "funding", "start": "the start of work", "release": "release"},
    "order": {"sequence": "one after the other", "parallel": "all at once"},
    "selection": {
        "fifo": "what came first",
        "value": "the most valuable",
        "cost_of_delay": "the most value for its work",
        "shortest": "the least work left",
        "due_date": "the earliest due date",
        "belief": "what promises most",
    },
    "when_unanswered": {"ask_again": "it is asked again", "decide_by_default": "the team decides"},
    "turn": {"behind": "behind their own", "in_line": "in line", "first": "first"},
    "steering": {"output": "what is delivered", "outcome": "what it does for customers"},
    "in_flight": {"finish": "is finished by whoever has it", "hand_over": "is handed over"},
    "rule": {
        "each_point": "every look",
        "in_a_row": "so many bad ones in a row",
        "control_limits": "one above the limit of control",
    },
    "goes_on": {"own_work_first": "do their own work first", "always": "go on with the request"},
    "when_absent": {"waits": "waits", "passed_on": "is passed on"},
    "type": {
        "stream_aligned": "stream-aligned",
        "functional": "functional",
        "platform": "platform",
        "enabling": "enabling",
        "complicated_subsystem": "complicated subsystem",
    },
}
"""Plain words for words of a file, by the end of the path they stand at."""

WORDS["rank_by"] = WORDS["selection"]

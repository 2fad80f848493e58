"""What is worked on next."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from medsam_core.jobs.agenda import Agenda
from medsam_core.jobs.request import Request


def an_agenda(*priorities: int) -> Agenda:
    agenda = Agenda()
    for number, priority in enumerate(priorities):
        agenda.add(Request(number, f"topic {number}", priority))
    return agenda


@given(st.lists(st.integers(-3, 3), max_size=20))
def test_tasks_come_by_priority_and_then_by_age(priorities: list[int]) -> None:
    agenda, order = an_agenda(*priorities), []
    while (task := agenda.best()) is not None:
        order.append((task.request.priority, task.request.id))
        agenda.remove(task)
    assert order == sorted((priority, number) for number, priority in enumerate(priorities))


def test_only_what_is_more_urgent_ranks_above_a_task() -> None:
    agenda = an_agenda(5, 5, 1)
    urgent = agenda.best()
    assert urgent is not None and urgent.request.id == 2
    assert agenda.best(above=urgent) is None
    agenda.remove(urgent)
    first = agenda.best()
    assert agenda.best(above=first) is None


def test_what_was_cancelled_is_ended_before_anything_else() -> None:
    agenda = an_agenda(0, 9)
    begun = agenda.best()
    assert begun is not None
    agenda.add(Request(7, "late", -5))
    begun.steps = (step for step in ())
    agenda.cancel("topic 0")
    assert agenda.best() is begun


def test_a_task_on_the_stack_is_not_stepped_again() -> None:
    agenda = an_agenda(0)
    task = agenda.best()
    assert task is not None
    task.is_stepping = True
    assert agenda.best() is None and len(agenda) == 1


def test_cancelling_takes_off_at_once_what_never_began() -> None:
    agenda = an_agenda(0, 0)
    begun = agenda.best()
    assert begun is not None
    begun.steps = (step for step in ())
    assert [task.request.id for task in agenda.cancel(None)] == [1]
    assert agenda.best() is begun and begun.is_cancelled

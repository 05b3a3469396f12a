"""One leads, the others follow."""

import threading

from daisy_widgets.shared_values import SharedValues


class Member:
    """Tells of every change, as a widget does."""

    def __init__(self, axis=0, index=0, colour="gray"):
        self.axis, self.index, self.colour = axis, index, colour
        self.shared = None
        self.taken = []

    def take(self, values):
        self.taken.append(dict(values))
        for name, value in values.items():
            setattr(self, name, value)
        for name in values:
            self.shared.follow(self, name)


def members_of(shared, *members):
    for member in members:
        member.shared = shared
        shared.join(member)
    return members


def test_who_joins_takes_over_what_the_first_one_has():
    first, second = members_of(
        SharedValues(("axis", "index"), ("colour",)), Member(2, 7), Member(1, 3, "magma")
    )

    assert (second.axis, second.index, second.colour) == (2, 7, "gray")
    assert first.taken == []


def test_a_change_reaches_every_other_one_once_with_its_group():
    shared = SharedValues(("axis", "index"), ("colour",))
    first, second, third = members_of(shared, Member(), Member(), Member())

    second.axis, second.index = 1, 5
    shared.follow(second, "axis")
    shared.follow(second, "index")

    assert first.taken == third.taken == [{"axis": 1, "index": 5}]
    assert second.taken == []


def test_what_is_not_shared_stays_ones_own():
    shared = SharedValues(("axis", "index"))
    first, second = members_of(shared, Member(), Member())

    first.colour = "magma"
    shared.follow(first, "colour")

    assert second.colour == "gray"
    assert shared.names == ["axis", "index"]


def test_many_who_lead_at_once_end_with_the_same_value():
    shared = SharedValues(("index",))
    members = members_of(shared, *(Member() for _ in range(4)))

    def lead(member, start):
        for index in range(start, start + 200):
            member.take({"index": index})

    threads = [threading.Thread(target=lead, args=(m, 1000 * n)) for n, m in enumerate(members, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)

    shared.follow(members[0], "index")
    assert len({member.index for member in members}) == 1

"""What holds for the class as a whole: verdicts, neighbours, processes, disk, network, secrets."""

import re
import unicodedata

from attacks.hostile import families


def test_there_are_at_least_sixty_attacks_in_twelve_families():
    groups = families()
    attacks = [attack for family in groups.values() for attack in family if not attack.full]
    assert len(attacks) >= 60
    assert len(groups) >= 12
    assert len({attack.name for attack in attacks}) == len(attacks)
    assert all(attack.tries for attack in attacks)


def test_the_run_ends_with_a_verdict_for_each(marked, request):
    assert marked.status == 1, marked.said  # for files that only the teacher can know
    given = list((marked.world.root / "submissions").iterdir())
    whose = {unicodedata.normalize("NFC", path.name) for path in given if not path.is_symlink()}
    assert set(marked.results) == whose
    for path in given:
        assert not path.is_symlink() or f"{path.name}: a link" in marked.said
    known = {"graded", "timeout", "memory", "crashed", "rejected", "unmarked"}
    assert {result["status"] for result in marked.results.values()} <= known
    unmarked = {name for name, result in marked.results.items() if result["status"] == "unmarked"}
    assert unmarked == {
        "link-hard-link-to-neighbour", "link-hard-link-to-solution", "link-victim",
    }  # fmt: skip


def test_an_honest_student_gets_the_same_among_attackers_as_alone(marked):
    def page(out, student):
        return (out / "feedback" / student / "08_backward_pass.html").read_text(encoding="utf-8")

    alone = page(marked.alone, "honest-a")
    for name in ("honest-a", "honest-m", "honest-spoil", "honest-z"):
        result = marked.results[name]
        assert (result["score"], result["status"]) == (result["max_score"], "graded")
        assert page(marked.out, name).replace(name, "honest-a") == alone


def test_no_process_outlives_the_run(marked):
    assert marked.left == []


def test_no_submission_changed_while_it_was_marked(marked):
    assert marked.changed == []


def test_nobody_was_reached_over_a_socket(marked):
    assert marked.visited == []


def test_the_results_hold_no_secret_of_the_grader(marked):
    assert marked.leaked == set()
    for path in (marked.out / "feedback").rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "20260" not in text, "the seed is in a feedback page"
        assert not re.search(r"root:.*:0:0:", text)


def test_the_isolation_is_named(marked):
    assert "full" in marked.said

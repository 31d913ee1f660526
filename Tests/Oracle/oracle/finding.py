"""One invariant: what was checked and what was wrong."""

PROBLEMS_SHOWN = 20


class Finding:
    def __init__(self, name, title):
        self.name = name
        self.title = title
        self.checked = 0
        self.wrong = 0
        self.problems = []

    def check(self, is_right, problem):
        self.checked += 1
        if not is_right:
            self.wrong += 1
            if len(self.problems) < PROBLEMS_SHOWN:
                self.problems.append(problem() if callable(problem) else problem)

    @property
    def row(self):
        return {
            "invariant": self.name,
            "title": self.title,
            "ok": self.wrong == 0,
            "checked": self.checked,
            "wrong": self.wrong,
            "problems": self.problems,
        }

import unittest

from oracle.yaml_subset import YamlError, load


class YamlSubsetTests(unittest.TestCase):
    def test_reads_what_the_files_use(self):
        text = """
# a comment
stream: tourism.arrivals   # behind a value
title: { zh: 摘要, en: Report (abridged) }
event:
  ignore: [headway.tick.v1, other]
  note: "a # in quotes"
words:
  - one
  - two
targets:
  - id: a.b
    value: 100_000

    rule: { hold: 1 d, stale_after: never }
    trajectory:
      profile: { 2023-01-31: 0.06, 2023-12-31: 1 }
  - id: c.d
    empty:
"""
        self.assertEqual(
            load(text),
            {
                "stream": "tourism.arrivals",
                "title": {"zh": "摘要", "en": "Report (abridged)"},
                "event": {"ignore": ["headway.tick.v1", "other"], "note": "a # in quotes"},
                "words": ["one", "two"],
                "targets": [
                    {
                        "id": "a.b",
                        "value": "100_000",
                        "rule": {"hold": "1 d", "stale_after": "never"},
                        "trajectory": {"profile": {"2023-01-31": "0.06", "2023-12-31": "1"}},
                    },
                    {"id": "c.d", "empty": None},
                ],
            },
        )

    def test_refuses_what_it_does_not_know(self):
        for text in (
            "a: 1\na: 2",
            "a: &x 1",
            "a: |\n  b",
            "a: 1\n   b: 2",
            "a:\n  b: 1\n c: 2",
            "a: {b: 1",
            "a: [1, 2",
            "a: {b: 1} c",
            "\ta: 1",
            "just text",
            "a: {b: 1, b: 2}",
            'a: "open',
        ):
            with self.subTest(text), self.assertRaises(YamlError):
                load(text)


if __name__ == "__main__":
    unittest.main()

import pytest

TOPICS = ("propaganda", "models", "awards", "crime_prevention")


@pytest.fixture
def row():
    """Make a classify row; keywords replace its values."""

    def make(number: int = 1, **values) -> dict:
        base = {
            "id": f"tin-{number}",
            "source": f"báo/tin-{number}.txt",
            "title": f"Bài số {number}",
            "published": "2021-07-13",
            "topics": ["models"],
            "primary": "models",
            "scores": dict.fromkeys(TOPICS, 0.1) | {"models": 0.9},
            "passages": [
                {
                    "text": "Tổ gồm 12 người. Hết.",
                    "topics": ["models"],
                    "scores": dict.fromkeys(TOPICS, 0.1) | {"models": 0.9},
                    "evidence": {"models": [[0, 16]]},
                }
            ],
            "summary": "Tổ gồm 12 người.",
            "model": "linear 1",
            "uncertain": False,
        }
        return base | values

    return make

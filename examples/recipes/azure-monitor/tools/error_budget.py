"""How much of an error budget a window has used, and how fast."""

PERIOD_HOURS = 30 * 24


def main(requests: int, failures: int, window_hours: float, objective: float) -> dict:
    if requests < 0 or not 0 <= failures <= requests:
        return {"error": "failures must be between 0 and requests"}
    if window_hours <= 0 or not 0 < objective < 100:
        return {"error": "window_hours must be positive and objective between 0 and 100"}
    if requests == 0:
        return {"error": "no requests in the window: availability is unknown"}

    allowed = 1 - objective / 100
    failed = failures / requests
    burn_rate = failed / allowed
    return {
        "availability_percent": round(100 * (1 - failed), 4),
        # 1 uses up the budget exactly at the end of the period.
        "burn_rate": round(burn_rate, 2),
        "budget_used_percent": round(100 * burn_rate * window_hours / PERIOD_HOURS, 2),
        "hours_until_exhausted": round(PERIOD_HOURS / burn_rate, 1) if burn_rate else None,
    }

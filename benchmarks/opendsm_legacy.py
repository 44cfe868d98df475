"""OpenDSM's legacy daily model on some meters, run by the Python of an environment of its own.

    python benchmarks/opendsm_legacy.py METERS.npz RESULTS.npz

METERS.npz holds ``days`` (n,), ``temperature_c`` (n,), ``baseline`` and ``reporting`` (A, n) [kWh],
NaN outside each window. RESULTS.npz gets ``adjusted`` (A,) [kWh] and ``seconds`` (A,): data, fit
and prediction of each meter. OpenDSM is no dependency of ours: see benchmarks/README.md.
"""

import sys
import time
import warnings

import numpy as np
import pandas as pd

warnings.simplefilter("ignore")


def main(meters: str, results: str) -> None:
    """Fit and predict every meter of a file."""
    from opendsm import eemeter  # noqa: PLC0415 - not installed in our own environment

    given = np.load(meters)
    days = pd.DatetimeIndex(given["days"]).tz_localize("UTC")
    fahrenheit = given["temperature_c"] * 9 / 5 + 32
    adjusted, seconds = [], []
    for before, after in zip(given["baseline"], given["reporting"], strict=True):
        began = time.perf_counter()
        frames = [
            pd.DataFrame({"temperature": fahrenheit, "observed": series}, index=days)[
                ~np.isnan(series)
            ]
            for series in (before, after)
        ]
        baseline = eemeter.DailyBaselineData(frames[0], is_electricity_data=True)
        model = eemeter.DailyModel(model="legacy").fit(baseline, ignore_disqualification=True)
        reporting = eemeter.DailyReportingData(frames[1], is_electricity_data=True)
        predicted = model.predict(reporting, ignore_disqualification=True)
        adjusted.append(float(predicted["predicted"].sum()))
        seconds.append(time.perf_counter() - began)
    np.savez(results, adjusted=adjusted, seconds=seconds)


if __name__ == "__main__":
    main(*sys.argv[1:])

"""The regrets of Optuna's samplers on the functions of bench/search.mjs, which reads them: `python bench/search/compare.py`.

Writes optuna.json beside it; delete what is to be made anew. Needs optuna 4 or later, and torch for its Gaussian process.
"""

import json
import sys
from pathlib import Path

import numpy as np
import optuna
import torch

optuna.logging.set_verbosity(optuna.logging.ERROR)
torch.set_num_threads(1)
SEEDS = 20


def branin(x):
    a, b = x
    return (b - 5.1 / (4 * np.pi**2) * a**2 + 5 / np.pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10


A = np.array([[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]])
P = 1e-4 * np.array(
    [
        [1312, 1696, 5569, 124, 8283, 5886],
        [2329, 4135, 8307, 3736, 1004, 9991],
        [2348, 1451, 3522, 2883, 3047, 6650],
        [4047, 8828, 8732, 5743, 1091, 381],
    ]
)


def hartmann(x):
    return -np.array([1, 1.2, 3, 3.2]) @ np.exp(-(A * (np.array(x) - P) ** 2).sum(1))


def rosenbrock(x):
    x = np.array(x)
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum()


# name: function, ranges, least value, deviation of the noise
FUNCTIONS = {
    "Branin": (branin, [(-5, 10), (0, 15)], 0.39788735772973816, 0),
    "Hartmann-6": (hartmann, [(0, 1)] * 6, -3.322368011415515, 0),
    "Rosenbrock-5 with noise": (rosenbrock, [(-2, 2)] * 5, 0, 5),
}
# name: the sampler, numbers of trials to compare after
SAMPLERS = {
    "tpe": (lambda seed: optuna.samplers.TPESampler(seed=seed), [40, 60]),
    "bayesian": (lambda seed: optuna.samplers.GPSampler(seed=seed), [40]),
}


def regrets(function, ranges, least, noise, sampler, budgets, seed):
    """After each number of trials the value without noise at the trial whose noisy value is least."""
    random = np.random.RandomState(1000 + seed)
    true = []

    def objective(trial):
        true.append(function([trial.suggest_float(f"x{i}", *each) for i, each in enumerate(ranges)]))
        return true[-1] + noise * random.randn()

    study = optuna.create_study(sampler=sampler)
    study.optimize(objective, n_trials=max(budgets))
    seen = [trial.value for trial in study.trials]
    return [float(f"{true[int(np.argmin(seen[:budget]))] - least:.6g}") for budget in budgets]


path = Path(__file__).with_name("optuna.json")
results = json.loads(path.read_text()) if path.exists() else {}
results["version"] = optuna.__version__
for sampler in sys.argv[1:] or SAMPLERS:
    make, budgets = SAMPLERS[sampler]
    for name, (function, ranges, least, noise) in FUNCTIONS.items():
        kept = results.setdefault(sampler, {}).setdefault(name, {str(budget): [] for budget in budgets})
        # A run that was broken off goes on at the seed it had come to.
        for seed in range(len(kept[str(budgets[0])]), SEEDS):
            found = regrets(function, ranges, least, noise, make(seed), budgets, seed)
            for budget, regret in zip(budgets, found):
                kept[str(budget)].append(regret)
            path.write_text(json.dumps(results, indent=1) + "\n")
        print(sampler, name, {budget: np.median(column) for budget, column in kept.items()}, flush=True)

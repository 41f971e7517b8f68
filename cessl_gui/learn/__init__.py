"""Fine-tuning. The way in is `trainer.adapt`; read on in this order:

by_folds      what is adapted, and the fit to all labels
choosing      what the folds choose, and how answers stay free of their own labels
output_layer  the first way: logistic regression on features and measurements
below         the other way: CE-SSL below the output layer, tried on the folds
loop          the CE-SSL training itself; augment and ranks are what it needs
fit           what trainings are made of
published     the method by itself, as published
budget, readiness  the time, memory and labels that it takes
"""

import os

# torch asks at its first allocation: large pages, where the system gives them, spare a training step the faults of
# fresh memory (a tenth of its time where measured, Linux).
os.environ.setdefault("THP_MEM_ALLOC_ENABLE", "1")

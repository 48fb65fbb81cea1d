"""The training of main.swift, in PyTorch: prints the seconds of its loop.

Usage: python training.py EPOCHS THREADS
"""

import sys
import time

import torch
from torch import nn
from torch.nn import functional

epochs, threads = int(sys.argv[1]), int(sys.argv[2])
torch.set_num_threads(threads)
torch.manual_seed(0)

windows, batch, temperature = 10_000, 256, 0.1
senses = [torch.randn(windows, 128) for _ in range(3)]
encoders = nn.ModuleList(
    nn.Sequential(nn.Linear(128, 256), nn.LeakyReLU(0.01), nn.Linear(256, 64)) for _ in senses
)
optimizer = torch.optim.Adam(encoders.parameters(), lr=1e-3)
own = torch.arange(batch)

start = time.perf_counter()
for _ in range(epochs):
    order = torch.randperm(windows)
    for first in range(0, windows - batch + 1, batch):
        rows = order[first : first + batch]
        z = [functional.normalize(f(x[rows]), dim=1) for f, x in zip(encoders, senses)]
        centroid = torch.stack(z).mean(0).detach()
        loss = torch.zeros(())
        for sense in z:
            similarity = sense @ centroid.T / temperature
            loss = loss + functional.cross_entropy(similarity, own)
            loss = loss + functional.cross_entropy(similarity.T, own)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        for encoder in encoders:
            nn.utils.clip_grad_norm_(encoder.parameters(), 2.0)
        optimizer.step()
print(time.perf_counter() - start)

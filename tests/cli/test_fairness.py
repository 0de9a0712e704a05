"""On one CPU a sleeper has its turns beside those who never sleep (guest/fairness.c says what that means)."""
import os

from slot190 import *

program = os.path.join(GUESTS, "fairness.64")
expect(run("run", "--cpus=1", program), 0,
       out="the sleeper had its turns: 1\nthe pair was done first: 1\na chain of 1000: 1\n", err="")
finish()

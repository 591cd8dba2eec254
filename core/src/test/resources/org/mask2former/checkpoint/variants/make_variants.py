"""Makes the files beside it, once: python make_variants.py. Needs torch and numpy; the tests do not.

Each holds the same values 0, 1, 2, … under several names, in forms that the fixtures do not cover; see TorchVariantsTests.
"""

import pickle
from collections import OrderedDict

import numpy
import torch

base = torch.arange(24, dtype=torch.float32).reshape(2, 3, 4)


def views():
    """Views and types: what a name says is how the tensor lies in its storage."""
    whole = torch.arange(100, dtype=torch.float32)
    return OrderedDict(
        contiguous=base,
        transposed=base.permute(2, 1, 0).contiguous().permute(2, 1, 0),
        offset=whole[0:48][24:] - 24,
        every_second=torch.stack([base, -base], dim=-1)[..., 0],
        expanded=torch.zeros(1).expand(24),
        scalar=torch.tensor(5.0),
        empty=torch.zeros(0, 3),
        parameter=torch.nn.Parameter(base),
        half=base.half(),
        bfloat16=base.bfloat16(),
        double=base.double(),
        int64=base.long(),
        int32=base.int(),
        int16=base.short(),
        int8=base.char(),
        uint8=base.byte(),
        bool=base > 11,
    )


shared = torch.arange(48, dtype=torch.float32)
training = {
    "state_dict": OrderedDict(first=shared[:24].reshape(2, 3, 4), second=(shared[24:] - 0).reshape(2, 3, 4)),
    "optimizer": {"state": {0: {"step": torch.tensor(1.0), "exp_avg": base}}, "param_groups": [{"lr": 1e-4, "params": [0]}]},
    "epoch": 3,
    "lr": numpy.float64(0.1),
    "milestones": __import__("collections").Counter([1, 2]),
    "device": torch.device("cpu"),
    "size": base.size(),
    "dtype": torch.float32,
    "numbers": [2**70, -(2**70), 1e300, None, True, (), (1, 2, 3, 4), {1, 2}, b"x", "é漢🐶"],
}

torch.save(views(), "views.pth")
torch.save(views(), "views-legacy.pth", _use_new_zipfile_serialization=False)
torch.save(training, "training.pth")
torch.save(training, "training-legacy.pth", _use_new_zipfile_serialization=False)
for protocol in (3, 4, 5):
    with open(f"tensors-protocol{protocol}.pkl", "wb") as f:
        pickle.dump({"model": views(), "matching_heuristics": True}, f, protocol=protocol)
arrays = OrderedDict(
    float32=base.numpy(),
    fortran=numpy.asfortranarray(base.numpy()),
    big_endian=base.numpy().astype(">f4"),
    big_endian_fortran=numpy.asfortranarray(base.numpy().astype(">i8")),
    strided=numpy.stack([base.numpy()] * 2, -1)[..., 0],
    bool=base.numpy() > 11,
    scalar=numpy.float32(5),
    large=numpy.arange(3000, dtype=numpy.float32),
)
for protocol in range(6):
    with open(f"arrays-protocol{protocol}.pkl", "wb") as f:
        pickle.dump({"model": arrays}, f, protocol=protocol)

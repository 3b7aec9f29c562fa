"""PyTorch, over the lines of JSON that harness/host.js describes; a workload comes as a file of JSON and one of its arrays."""

import array
import json
import sys
import time

import torch
from torch import nn

threads = int(sys.argv[1])
torch.set_num_threads(threads)


class Cannot(Exception):
    """For a workload that this library cannot do; its text says why."""


def read_workload(file):
    with open(file) as text:
        workload = json.load(text)
    arrays = array.array("f")
    with open(file + ".f32", "rb") as binary:
        arrays.frombytes(binary.read())
    at = 0

    def take(shape):
        nonlocal at
        size = 1
        for n in shape:
            size *= n
        at += size
        return torch.tensor(arrays[at - size : at]).reshape(shape)

    return workload, [take(shape) for shape in workload["arrays"]]


def build(workload, weights):
    """Images and filters are channels first, PyTorch's layout; dense kernels come as [inputs, units]."""
    modules = []
    parameters = []

    def use(module, names):
        modules.append(module)
        for name in names:
            parameters.append((getattr(module, name), weights[len(parameters)]))

    def activate(name):
        if name and name != "linear":
            modules.append({"relu": nn.ReLU(), "sigmoid": nn.Sigmoid(), "softmax": nn.Softmax(-1)}[name])

    features = workload["inputShape"][0]
    for layer in workload["layers"]:
        kind = layer["type"]
        bias = layer.get("useBias", True)
        names = ["weight", "bias"] if bias else ["weight"]
        if kind == "dense":
            use(nn.Linear(weights[len(parameters)].shape[0], layer["units"], bias=bias), names)
            features = layer["units"]
        elif kind == "conv2d":
            use(nn.Conv2d(features, layer["filters"], layer["kernelSize"], padding="same", bias=bias), names)
            features = layer["filters"]
        elif kind == "batchNormalization":
            isImage = any(isinstance(each, nn.Conv2d) for each in modules)
            norm = nn.BatchNorm2d if isImage else nn.BatchNorm1d
            use(norm(features, eps=layer["epsilon"]), names)
        elif kind == "maxPooling2d":
            modules.append(nn.MaxPool2d(layer["poolSize"]))
        elif kind == "flatten":
            modules.append(nn.Flatten())
        elif kind == "dropout":
            modules.append(nn.Dropout(layer["rate"]))
        elif kind != "activation":
            raise Cannot(f"no layer {kind}")
        activate(layer.get("activation"))
    with torch.no_grad():
        for parameter, value in parameters:
            parameter.copy_(value.t() if value.dim() == 2 else value)
    return nn.Sequential(*modules), [parameter for parameter, _ in parameters]


class Train:
    def __init__(self, workload, arrays):
        self.x, self.y, *weights = arrays
        layers = workload["layers"]
        if workload["loss"] == "categoricalCrossentropy":
            workload["layers"] = [*layers[:-1], {**layers[-1], "activation": "linear"}]
        self.model, self.parameters = build(workload, weights)
        self.loss = {
            "categoricalCrossentropy": nn.functional.cross_entropy,
            "meanSquaredError": nn.functional.mse_loss,
            "halfSquaredError": lambda output, y: 0.5 * ((output - y) ** 2).sum(-1).mean(),
        }[workload["loss"]]
        options = workload["optimizer"]
        rate = options["learningRate"]
        self.optimizer = (
            torch.optim.Adam(
                self.parameters, lr=rate, betas=(options["beta1"], options["beta2"]), eps=options["epsilon"]
            )
            if options["name"] == "adam"
            else torch.optim.SGD(self.parameters, lr=rate)
        )

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.model(self.x), self.y)
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def result(self):
        return [each.detach().t() if each.dim() == 2 else each.detach() for each in self.parameters]


class Predict:
    def __init__(self, workload, arrays):
        self.x, *weights = arrays
        self.model, _ = build(workload, weights)
        self.model.eval()

    def step(self):
        with torch.inference_mode():
            return self.model(self.x)

    def result(self):
        return [self.step()]


class Matmul:
    def __init__(self, workload, arrays):
        self.a, self.b = arrays

    def step(self):
        return self.a @ self.b

    def result(self):
        return [self.step()]


task = None


def respond(request):
    global task
    if "prepare" in request:
        workload, arrays = read_workload(request["prepare"])
        task = {"train": Train, "predict": Predict, "matmul": Matmul}[workload["kind"]](workload, arrays)
        return {"ready": {"version": torch.__version__, "python": sys.version.split()[0]}}
    if "check" in request:
        return check(request)
    if "warm" in request:
        return {"milliseconds": warm(request["warm"])}
    start = time.perf_counter()
    for _ in range(request["time"]):
        task.step()
    return {"milliseconds": (time.perf_counter() - start) * 1000}


def warm(seconds):
    end = time.perf_counter() + seconds
    calls = 0
    while True:
        start = time.perf_counter()
        task.step()
        now = time.perf_counter()
        calls += 1
        if now >= end and (calls >= 3 or now - start > seconds):
            return (now - start) * 1000


def check(request):
    end = time.perf_counter() + request["seconds"]
    losses = [task.step()]
    with open(request["file"], "wb") as file:
        for each in task.result():
            array.array("f", each.flatten().tolist()).tofile(file)
    while len(losses) < request["check"] and time.perf_counter() < end:
        losses.append(task.step())
    return {"losses": [loss if isinstance(loss, float) else None for loss in losses]}


for line in sys.stdin:
    try:
        answer = respond(json.loads(line))
    except Cannot as error:
        answer = {"cannot": str(error)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)

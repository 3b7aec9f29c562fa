"""Writes well-known networks at their real size with random weights, as PyTorch exports them, and what PyTorch makes of one input.

python3 networks.py FOLDER: NAME.onnx, NAME.input.npy, NAME.output.npy. Needs torch and onnx. The
networks are those of their papers as torchvision has them, for images of 224 × 224.
"""

import sys
import warnings

import numpy as np
import torch
from torch import nn
from torch.nn.functional import max_pool2d

warnings.filterwarnings("ignore")
torch.manual_seed(0)
folder = sys.argv[1]


class Residual(nn.Module):
    def __init__(self, channels, filters, stride=1):
        super().__init__()
        first = [nn.Conv2d(channels, filters, 3, stride, 1, bias=False), nn.BatchNorm2d(filters), nn.ReLU()]
        self.main = nn.Sequential(*first, nn.Conv2d(filters, filters, 3, 1, 1, bias=False), nn.BatchNorm2d(filters))
        alike = stride == 1 and channels == filters
        side = [nn.Conv2d(channels, filters, 1, stride, bias=False), nn.BatchNorm2d(filters)]
        self.side = nn.Identity() if alike else nn.Sequential(*side)

    def forward(self, x):
        return torch.relu(self.main(x) + self.side(x))


def normed(channels, filters, size, stride=1, groups=1):
    conv = nn.Conv2d(channels, filters, size, stride, size // 2, groups=groups, bias=False)
    return [conv, nn.BatchNorm2d(filters), nn.ReLU6()]


class Inverted(nn.Module):
    def __init__(self, channels, filters, stride, growth):
        super().__init__()
        self.alike = stride == 1 and channels == filters
        wide = channels * growth
        wider = normed(channels, wide, 1) if growth > 1 else []
        self.main = nn.Sequential(*wider, *normed(wide, wide, 3, stride, wide), *normed(wide, filters, 1)[:2])

    def forward(self, x):
        return x + self.main(x) if self.alike else self.main(x)


def conv(channels, filters, *rest, **options):
    return [nn.Conv2d(channels, filters, *rest, **options), nn.ReLU()]


def head(features, units, classes=1000):
    hidden = [nn.Linear(features, units), nn.ReLU(), nn.Dropout(), nn.Linear(units, units), nn.ReLU(), nn.Dropout()]
    return [nn.Flatten(), *hidden, nn.Linear(units, classes)]


alexnet = nn.Sequential(
    *[*conv(3, 64, 11, 4, 2), nn.MaxPool2d(3, 2), *conv(64, 192, 5, padding=2), nn.MaxPool2d(3, 2)],
    *[*conv(192, 384, 3, padding=1), *conv(384, 256, 3, padding=1), *conv(256, 256, 3, padding=1), nn.MaxPool2d(3, 2)],
    *head(256 * 6 * 6, 4096),
)


def vgg11():
    layers, channels = [], 3
    for filters in [64, 0, 128, 0, 256, 256, 0, 512, 512, 0, 512, 512, 0]:
        layers += conv(channels, filters, 3, padding=1) if filters else [nn.MaxPool2d(2, 2)]
        channels = filters or channels
    return nn.Sequential(*layers, *head(512 * 7 * 7, 4096))


def resnet18():
    layers, channels = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)], 64
    for filters, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]:
        layers.append(Residual(channels, filters, stride))
        channels = filters
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 1000))


def mobilenet():
    layers, channels = normed(3, 32, 3, 2), 32
    blocks = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
    for growth, filters, count, stride in blocks:
        for i in range(count):
            layers.append(Inverted(channels, filters, stride if i == 0 else 1, growth))
            channels = filters
    layers += normed(320, 1280, 1)
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(1280, 1000))


class UNet(nn.Module):
    def __init__(self, c=16):
        super().__init__()
        block = lambda i, o: nn.Sequential(nn.Conv2d(i, o, 3, padding=1), nn.ReLU(), nn.Conv2d(o, o, 3, padding=1), nn.ReLU())
        self.a, self.b, self.c = block(3, c), block(c, 2 * c), block(2 * c, 4 * c)
        self.up1, self.down1 = nn.ConvTranspose2d(4 * c, 2 * c, 2, 2), block(4 * c, 2 * c)
        self.up2, self.down2 = nn.ConvTranspose2d(2 * c, c, 2, 2), block(2 * c, c)
        self.out = nn.Conv2d(c, 2, 1)

    def forward(self, x):
        a = self.a(x)
        b = self.b(max_pool2d(a, 2))
        c = self.c(max_pool2d(b, 2))
        b = self.down1(torch.cat([self.up1(c), b], 1))
        return self.out(self.down2(torch.cat([self.up2(b), a], 1)))


class Lstm(nn.Module):
    def __init__(self):
        super().__init__()
        self.lstm = nn.LSTM(64, 128, 2, batch_first=True)
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.lstm(x)[0][:, -1])


class Transformer(nn.Module):
    def __init__(self):
        super().__init__()
        layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
        self.position = nn.Parameter(0.1 * torch.randn(1, 64, 128))
        self.encode = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
        self.out = nn.Linear(128, 10)

    def forward(self, x):
        return self.out(self.encode(x + self.position).mean(1))


lenet = nn.Sequential(
    *[nn.Conv2d(1, 6, 5, padding=2), nn.Tanh(), nn.AvgPool2d(2), nn.Conv2d(6, 16, 5), nn.Tanh(), nn.AvgPool2d(2), nn.Flatten()],
    *[nn.Linear(400, 120), nn.Tanh(), nn.Linear(120, 84), nn.Tanh(), nn.Linear(84, 10)],
)
image = (1, 3, 224, 224)
networks = {
    "lenet": (lenet, (1, 1, 28, 28)),
    "alexnet": (alexnet, image),
    "vgg11": (vgg11(), image),
    "resnet18": (resnet18(), image),
    "mobilenetV2": (mobilenet(), image),
    "unet": (UNet(), (1, 3, 128, 128)),
    "lstm": (Lstm(), (1, 50, 64)),
    "transformer": (Transformer(), (1, 64, 128)),
}
for name, (network, shape) in networks.items():
    network.eval()
    x = torch.randn(*shape)
    with torch.no_grad():
        y = network(x)
    free = {"dynamic_axes": {"x": {0: "batch"}}, "input_names": ["x"]}
    torch.onnx.export(network, (x,), f"{folder}/{name}.onnx", dynamo=False, opset_version=17, **free)
    np.save(f"{folder}/{name}.input.npy", x.numpy())
    np.save(f"{folder}/{name}.output.npy", y.numpy())

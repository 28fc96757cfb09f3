"""A robot of openpi's own client, run in its environment: ADDRESS KEY.  Knows nothing of cliprt."""

import json
import sys
import urllib.request

import numpy as np
import websockets.exceptions
from openpi_client.websocket_client_policy import WebsocketClientPolicy

CALLS = 200


def main(address, key):
    host, port = address.rsplit(":", 1)

    def metrics():
        url = f"{address.replace('ws:', 'http:')}/metrics"
        request = urllib.request.Request(url, headers={"Authorization": f"Api-Key {key}"})
        with urllib.request.urlopen(request) as response:
            lines = response.read().decode().splitlines()
        return {line.split()[0]: float(line.split()[1]) for line in lines if line[0] != "#"}

    try:
        WebsocketClientPolicy(host, int(port), api_key="not-the-key-of-it")
    except websockets.exceptions.InvalidStatus as error:
        wrong_key = error.response.status_code
    policy = WebsocketClientPolicy(host, int(port), api_key=key)
    rng = np.random.default_rng(0)
    seen = {
        "observation/wrist": rng.integers(0, 256, (224, 224, 3), np.uint8),
        "prompt": "close the laptop",
    }
    policy.infer(seen)
    before = metrics()
    shapes = {policy.infer(seen)["actions"].shape for _ in range(CALLS)}
    after = metrics()
    cost = {name: after[name] - before[name] for name in before}
    beside = cost["cliprt_serve_cpu_seconds_total"]
    beside -= cost["cliprt_serve_decision_cpu_seconds_total"]
    try:
        policy.infer({"prompt": "close the laptop"})
    except RuntimeError as told:
        error = str(told)
    return {
        "calls": int(cost["cliprt_serve_decisions_total"]),
        "shapes": [list(shape) for shape in shapes],
        "wrong_key": wrong_key,
        "error": error,
        "overhead_ms": 1000 * beside / CALLS,
    }


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:])))

"""What TensorFlow makes of a picture, as ``fixtures/pictures.npz``: run where TensorFlow is.

``PYTHON plugins/cliprt-openvla/tests/make_pictures.py`` (made with tensorflow 2.21)
"""

from pathlib import Path

import numpy as np
import tensorflow as tf

SIDE = 24


def scene(height, width):
    y, x = np.mgrid[:height, :width]
    waves = 128 + 100 * np.sin(x / 9 + y / 17)
    return np.stack([waves, 255 * ((x // 7 + y // 5) % 2), 255 * y / height], -1).astype(np.uint8)


def resize(image):
    image = tf.image.resize(image, (SIDE, SIDE), method="lanczos3", antialias=True)
    return tf.cast(tf.clip_by_value(tf.round(image), 0, 255), tf.uint8).numpy()


def crop(image, area=0.9):
    side = tf.sqrt(area)[None]
    edge = (1 - side) / 2
    boxes = tf.stack([edge, edge, edge + side, edge + side], axis=1)
    image = tf.image.convert_image_dtype(image, tf.float32)[None]
    image = tf.image.crop_and_resize(image, boxes, [0], (SIDE, SIDE))[0]
    return tf.image.convert_image_dtype(tf.clip_by_value(image, 0, 1), tf.uint8, True).numpy()


def main():
    made = {}
    for name, size in (("larger", (40, 56)), ("smaller", (20, 20))):
        seen = scene(*size)
        file = tf.image.encode_jpeg(seen)
        jpeg = tf.io.decode_image(file, expand_animations=False).numpy()
        accurate = tf.image.decode_jpeg(file, dct_method="INTEGER_ACCURATE").numpy()
        resized = resize(jpeg)
        parts = [seen, jpeg, accurate, resized, crop(resized)]
        named = zip(("seen", "jpeg", "accurate", "resized", "cropped"), parts, strict=True)
        made |= {f"{name}_{part}": value for part, value in named}
    np.savez_compressed(Path(__file__).with_name("fixtures") / "pictures.npz", **made)


if __name__ == "__main__":
    main()

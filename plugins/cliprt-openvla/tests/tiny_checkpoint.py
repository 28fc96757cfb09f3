"""A tiny checkpoint of the published classes, and what they answer: run in OpenVLA's environment.

``PYTHON tiny_checkpoint.py FOLDER openvla|openvla-oft SERVER_FOLDER``, with the published code
where ``CLIPRT_OPENVLA_CODE`` (OpenVLA's ``prismatic/extern/hf``), ``CLIPRT_OFT_CODE`` (a clone of
OpenVLA-OFT) and ``CLIPRT_OFT_TRANSFORMERS`` (a clone of its fork of transformers) say.
"""

import importlib.util
import os
import sys
import types
from pathlib import Path

import numpy as np
import torch

FOLDER, KIND = Path(sys.argv[1]), sys.argv[2]
sys.path.insert(0, sys.argv[3])
import parts  # noqa: E402

parts.declare_torchvision()
TOWERS = ["vit_small_patch14_reg4_dinov2.lvd142m", "vit_small_patch14_dinov2.lvd142m"]
LANGUAGE = {"hidden_size": 64, "intermediate_size": 96, "num_hidden_layers": 2} | {
    "num_attention_heads": 4, "num_key_value_heads": 4, "vocab_size": 32064, "pad_token_id": 32000
}  # fmt: skip
MEANS = [[0.485, 0.456, 0.406], [0.5, 0.5, 0.5]]
STDS = [[0.229, 0.224, 0.225], [0.5, 0.5, 0.5]]
LOW = [-0.02, -0.03, -0.01, -0.1, -0.2, -0.3, 0.0]
HIGH = [0.03, 0.02, 0.04, 0.2, 0.1, 0.3, 1.0]
ACTION = {"q01": LOW, "q99": HIGH, "min": LOW, "max": HIGH, "mask": [True] * 6 + [False]}
STATE = {"q01": [-1.0] * 8, "q99": [0.5, 1.0, 1.5, 2.0, 1.0, 1.0, 0.1, 0.1]}
STATISTICS = {"tiny_no_noops": {"action": ACTION, "proprio": STATE}}


def bare(name, *folders):
    """A package of published files without what its own ``__init__`` imports."""
    module = types.ModuleType(name)
    module.__path__ = [str(folder) for folder in folders]
    sys.modules[name] = module


def published():
    if KIND == "openvla":
        bare("theirs", os.environ["CLIPRT_OPENVLA_CODE"])
        return "theirs"
    source = Path(os.environ["CLIPRT_OFT_TRANSFORMERS"]) / "src/transformers/models/llama"
    name = "transformers.models.llama.modeling_llama"  # theirs attends to everything
    importlib.import_module("transformers.models.llama")
    spec = importlib.util.spec_from_file_location(name, source / "modeling_llama.py")
    sys.modules[name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(sys.modules[name])
    root = Path(os.environ["CLIPRT_OFT_CODE"]) / "prismatic"
    for part in ("", ".training", ".vla", ".models", ".extern", ".extern.hf"):
        bare(f"prismatic{part}", root.joinpath(*part.split(".")[1:]))
    for part in ("diffusers", "diffusers.schedulers"):
        bare(part)
    scheduler = types.ModuleType("diffusers.schedulers.scheduling_ddim")
    scheduler.DDIMScheduler = None  # of the other head
    sys.modules[scheduler.__name__] = scheduler
    return "prismatic.extern.hf"


def make_tokenizer():
    from tokenizers import Tokenizer, models, normalizers
    from transformers import LlamaTokenizerFast

    letters = {letter: 100 + i for i, letter in enumerate(map(chr, range(33, 127)))}
    words = {"<unk>": 0, "<s>": 1, "</s>": 2, "▁": 29871, "\n": 13} | letters
    taken = set(words.values())
    words |= {f"<{i}>": i for i in range(32000) if i not in taken}
    tokenizer = Tokenizer(models.BPE(words, [], unk_token="<unk>"))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")]
    )
    return LlamaTokenizerFast(tokenizer_object=tokenizer, add_bos_token=True, legacy=False)


def make_model(package):
    modeling = importlib.import_module(f"{package}.modeling_prismatic")
    configuration = importlib.import_module(f"{package}.configuration_prismatic")
    config = configuration.OpenVLAConfig(
        norm_stats=STATISTICS,
        vision_backbone_id="dinosiglip-vit-so-224px",
        llm_backbone_id="llama2-7b-pure",
        arch_specifier="no-align+fused-gelu-mlp",
        image_resize_strategy="resize-naive",
        text_config=LANGUAGE,
    )
    config.timm_model_ids = TOWERS
    torch.manual_seed(0)
    model = modeling.OpenVLAForActionPrediction(config).eval()
    for name, weight in model.named_parameters():  # more than the usual 0.02: answers differ
        if weight.ndim > 1 and "embed" not in name:
            torch.nn.init.normal_(weight, std=1.5 / weight[0].numel() ** 0.5)
        elif "scale_factor" in name:
            torch.nn.init.uniform_(weight, 0.5, 1.5)
    torch.nn.init.normal_(model.get_input_embeddings().weight, std=1.0)
    with torch.no_grad():  # only what stands for numbers is said
        model.language_model.lm_head.weight[:31744] = 0
        model.language_model.lm_head.weight[32000:] = 0
    return model


def make_processor(package, tokenizer):
    processing = importlib.import_module(f"{package}.processing_prismatic")
    images = processing.PrismaticImageProcessor(
        use_fused_vision_backbone=True,
        image_resize_strategy="resize-naive",
        input_sizes=[(3, 224, 224)] * 2,
        interpolations=["bicubic"] * 2,
        means=MEANS,
        stds=STDS,
    )
    images.save_pretrained(FOLDER)

    def processor(text, picture):
        return tokenizer(text, return_tensors="pt") | images(picture, return_tensors="pt")

    return processor


def make_beside(model):
    """The head and the projector of the state, as OpenVLA-OFT keeps them."""
    heads = importlib.import_module("prismatic.models.action_heads")
    projectors = importlib.import_module("prismatic.models.projectors")
    head = heads.L1RegressionActionHead(input_dim=64, hidden_dim=64, action_dim=7).eval()
    projector = projectors.ProprioProjector(llm_dim=64, proprio_dim=8).eval()
    for name, part in (("action_head", head), ("proprio_projector", projector)):
        state = {f"module.{key}": value for key, value in part.state_dict().items()}
        torch.save(state, FOLDER / f"{name}--100_checkpoint.pt")
    model.vision_backbone.set_num_images_in_input(2)
    return {"action_head": head, "proprio_projector": projector}


def main():
    from pictures import prepare
    from PIL import Image
    from published import prompt, range_of

    FOLDER.mkdir()
    package = published()
    tokenizer = make_tokenizer()
    tokenizer.save_pretrained(FOLDER)
    model, processor = make_model(package), make_processor(package, tokenizer)
    model.save_pretrained(FOLDER)
    is_oft = KIND == "openvla-oft"
    beside = make_beside(model) if is_oft else {}
    rng = np.random.default_rng(3)
    coarse = rng.integers(0, 255, (4, 2, 6, 8, 3), dtype=np.uint8)
    pictures = coarse.repeat(20, axis=2).repeat(20, axis=3)
    states = rng.normal(size=(4, 8)).astype(np.float32)
    words = ["pick up the red cube", "Close the laptop", "Push it", "open the cabinet"]
    answers = []
    for pair, state, instruction in zip(pictures, states, words, strict=True):
        seen = [Image.fromarray(prepare(picture)) for picture in pair[: 1 + is_oft]]
        inputs = [processor(prompt(instruction), picture) for picture in seen]
        both = inputs[0] | {"pixel_values": torch.cat([i["pixel_values"] for i in inputs], dim=1)}
        if is_oft:
            both["proprio"] = range_of(STATISTICS, "tiny", "proprio").to_unit(state)
        with torch.inference_mode():
            answer = model.predict_action(
                **both, **beside, unnorm_key="tiny_no_noops", do_sample=False
            )
        answers.append(answer[0] if is_oft else answer[None])
    named = {"pictures": pictures, "states": states, "words": words, "answers": answers}
    np.savez(FOLDER / "answers.npz", **named)


main()

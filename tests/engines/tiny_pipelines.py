"""Pipelines of diffusers with tiny, randomly initialised networks, built without any download."""

from __future__ import annotations

import torch

WORDS = (
    "<pad> <eos> <bos> <unk> a red ball bounces on the beach <start_of_image> <end_of_image> <image_soft_token>".split()
)


def tokenizer():
    """A word list in the tokenizer class that LTX-2 asks for."""
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import GemmaTokenizerFast

    words = Tokenizer(models.WordLevel({word: number for number, word in enumerate(WORDS)}, unk_token="<unk>"))
    words.pre_tokenizer = pre_tokenizers.Whitespace()
    made = GemmaTokenizerFast(
        tokenizer_object=words, unk_token="<unk>", bos_token="<bos>", eos_token="<eos>", pad_token="<pad>"
    )
    made._tokenizer = words
    return made


def ltx2():
    """LTX-2 with two layers: latents 8 times smaller, 2 latent mel bins."""
    from diffusers import (
        AutoencoderKLLTX2Audio,
        AutoencoderKLLTX2Video,
        FlowMatchEulerDiscreteScheduler,
        LTX2Pipeline,
        LTX2VideoTransformer3DModel,
    )
    from diffusers.pipelines.ltx2 import LTX2TextConnectors
    from diffusers.pipelines.ltx2.vocoder import LTX2Vocoder
    from transformers import Gemma3Config, Gemma3ForConditionalGeneration

    torch.manual_seed(0)
    text = Gemma3ForConditionalGeneration(
        Gemma3Config(
            text_config={
                "vocab_size": 32,
                "hidden_size": 8,
                "intermediate_size": 8,
                "num_hidden_layers": 2,
                "num_attention_heads": 2,
                "num_key_value_heads": 1,
                "head_dim": 4,
            },
            vision_config={
                "hidden_size": 8,
                "intermediate_size": 8,
                "num_hidden_layers": 1,
                "num_attention_heads": 2,
                "image_size": 16,
                "patch_size": 8,
            },
            mm_tokens_per_image=4,
            image_token_index=13,
            boi_token_index=11,
            eoi_token_index=12,
        )
    )
    transformer = LTX2VideoTransformer3DModel(
        in_channels=4,
        out_channels=4,
        num_attention_heads=2,
        attention_head_dim=8,
        cross_attention_dim=16,
        audio_in_channels=4,
        audio_out_channels=4,
        audio_num_attention_heads=2,
        audio_attention_head_dim=4,
        audio_cross_attention_dim=8,
        num_layers=2,
        caption_channels=8,
        rope_double_precision=False,
    )
    connectors = LTX2TextConnectors(
        caption_channels=8,
        text_proj_in_factor=3,
        video_connector_num_attention_heads=2,
        video_connector_attention_head_dim=4,
        video_connector_num_layers=1,
        video_connector_num_learnable_registers=None,
        audio_connector_num_attention_heads=2,
        audio_connector_attention_head_dim=4,
        audio_connector_num_layers=1,
        audio_connector_num_learnable_registers=None,
        rope_double_precision=False,
    )
    video = AutoencoderKLLTX2Video(
        latent_channels=4,
        block_out_channels=(8,),
        decoder_block_out_channels=(8,),
        layers_per_block=(1,),
        decoder_layers_per_block=(1, 1),
        down_block_types=("LTX2VideoDownBlock3D",),
        spatio_temporal_scaling=(True,),
        decoder_spatio_temporal_scaling=(True,),
        decoder_inject_noise=(False, False),
        downsample_type=("spatiotemporal",),
        upsample_type=("spatiotemporal",),
        upsample_residual=(False,),
        upsample_factor=(1,),
        patch_size=4,
    )
    video.use_framewise_encoding = video.use_framewise_decoding = False
    audio = AutoencoderKLLTX2Audio(
        base_channels=4, ch_mult=(1,), num_res_blocks=1, latent_channels=2, mel_bins=8, resolution=32
    )
    vocoder = LTX2Vocoder(
        in_channels=16,
        hidden_channels=32,
        upsample_kernel_sizes=[4, 4],
        upsample_factors=[2, 2],
        resnet_kernel_sizes=[3],
        resnet_dilations=[[1, 3, 5]],
        output_sampling_rate=400,
    )
    return LTX2Pipeline(
        scheduler=FlowMatchEulerDiscreteScheduler(),
        vae=video,
        audio_vae=audio,
        text_encoder=text,
        tokenizer=tokenizer(),
        connectors=connectors,
        transformer=transformer,
        vocoder=vocoder,
    )


def kandinsky6():
    """Kandinsky 6 with one block of each kind, below its text encoders (they want torchvision): give it embeddings."""
    from diffusers import (
        AutoencoderKLHunyuanVideo,
        FlowMatchEulerDiscreteScheduler,
        Kandinsky6TI2VAPipeline,
        Kandinsky6Transformer3DModel,
        MMAudioVAE,
        MMAudioVocoder,
    )

    torch.manual_seed(0)
    transformer = Kandinsky6Transformer3DModel(
        in_visual_dim=4,
        out_visual_dim=4,
        in_text_dim=8,
        in_text_dim2=8,
        time_dim=8,
        model_dim=16,
        ff_dim=16,
        num_text_blocks=1,
        num_visual_blocks=1,
        axes_dims=(4, 2, 2),
        in_audio_dim=4,
        out_audio_dim=4,
        model_dim_a=16,
        time_dim_a=8,
        ff_dim_a=16,
        axes_dims_a=(8,),
        visual_token_type_num_embeddings=2,
    )
    for parameter in transformer.parameters():
        torch.nn.init.normal_(parameter, std=0.2)  # its gates begin at zero: nothing would matter to an untrained one
    video = AutoencoderKLHunyuanVideo(
        latent_channels=4,
        block_out_channels=(4, 4, 4, 4),
        layers_per_block=1,
        norm_num_groups=2,
        mid_block_add_attention=False,
    )
    audio = MMAudioVAE(
        mel_bins=8,
        latent_channels=4,
        hidden_channels=8,
        channel_multipliers=(1, 2),
        layers_per_block=1,
        sample_rate=8000,
        n_fft=512,
        hop_length=256,
    )
    vocoder = MMAudioVocoder(
        num_mels=8,
        upsample_initial_channel=32,
        upsample_rates=(16, 16),
        upsample_kernel_sizes=(32, 32),
        resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1, 3),),
    )
    return Kandinsky6TI2VAPipeline(
        transformer=transformer,
        vae=video,
        text_encoder=None,
        tokenizer=None,
        text_encoder_2=None,
        tokenizer_2=None,
        scheduler=FlowMatchEulerDiscreteScheduler(),
        audio_vae=audio,
        vocoder=vocoder,
    )


def kandinsky6_text(prompt):
    """Embeddings of its own for every prompt, and the same empty ones against it."""
    seed = torch.Generator().manual_seed(sum(prompt.encode()))
    given = {
        "prompt_embeds": torch.randn(1, 6, 8, generator=seed),
        "pooled_prompt_embeds": torch.randn(1, 8, generator=seed),
    }
    return {**given, "negative_prompt_embeds": torch.zeros(1, 6, 8), "negative_pooled_prompt_embeds": torch.zeros(1, 8)}


def minimax_h3():
    """MiniMax-H3 with two layers, its blocks below the text encoder (whose processor wants torchvision)."""
    from diffusers import (
        AutoencoderKLMiniMaxH3,
        AutoencoderKLMiniMaxH3Audio,
        MiniMaxH3Blocks,
        MiniMaxH3Scheduler,
        MiniMaxH3Transformer3DModel,
    )

    torch.manual_seed(0)
    blocks = MiniMaxH3Blocks().get_workflow("t2va")
    for name in [name for name in blocks.sub_blocks if "text_encoder" in name]:
        blocks.sub_blocks.pop(name)
    pipe = blocks.init_pipeline()
    transformer = MiniMaxH3Transformer3DModel(
        num_attention_heads=2,
        attention_head_dim=16,
        hidden_size=24,
        num_layers=2,
        num_refiner_layers=1,
        ffn_dim=32,
        in_channels=4,
        audio_in_channels=4,
        text_dim=8,
        freq_dim=16,
        time_embed_hidden_dim=16,
        time_embed_dim=16,
        rope_freq_dim=2,
    )
    video = AutoencoderKLMiniMaxH3(
        latent_channels=4,
        block_out_channels=(4, 4, 4, 4, 4, 4),
        layers_per_block=1,
        norm_num_groups=2,
        decoder_num_layers=1,
        decoder_num_attention_heads=2,
        decoder_attention_head_dim=16,
        decoder_num_register_tokens=1,
        latents_mean=(0.0,) * 4,
        latents_std=(1.0,) * 4,
    )
    audio = AutoencoderKLMiniMaxH3Audio(
        encoder_dim=4,
        latent_dim=16,
        latent_channels=4,
        num_attention_heads=2,
        decoder_dim=128,
        resblock_kernel_sizes=(3,),
        resblock_dilation_sizes=((1, 3, 5),),
        latents_mean=[0.0] * 4,
        latents_std=[1.0] * 4,
    )
    pipe.update_components(
        transformer=transformer,
        vae=video,
        audio_vae=audio,
        scheduler=MiniMaxH3Scheduler(shift=12.0),
        audio_scheduler=MiniMaxH3Scheduler(shift=3.0),
    )
    return pipe


def minimax_h3_text(prompt):
    """Embeddings and row tags as the text encoder's block would give them."""
    seed = torch.Generator().manual_seed(sum(prompt.encode()))
    return {"prompt_embeds": torch.randn(1, 5, 8, generator=seed), "text_token_tags": torch.ones(5, dtype=torch.long)}

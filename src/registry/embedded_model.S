// The embedded model's file, as read-only bytes of the library.
    .section .rodata
    .balign 64
    .global lama_embedded_model, lama_embedded_model_end
    .hidden lama_embedded_model, lama_embedded_model_end
lama_embedded_model:
    .incbin LAMA_EMBEDDED_MODEL
lama_embedded_model_end:
    .section .note.GNU-stack, "", %progbits

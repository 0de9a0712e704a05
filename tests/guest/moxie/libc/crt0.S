# Where a program begins. The loader leaves $sp at argc, argv and envp (MOXIE's uClinux port,
# flat_argvp_envp_on_stack); $fp is there too, which ends the frame chain. Base-register programs find
# their base in $r13 and carry the ELF note that says what they are.
	.section .text.start,"ax",@progbits
	.global	_start
	.type	_start,@function
_start:
	ldo.l	$r0, 0($sp)
	ldo.l	$r1, 4($sp)
	ldo.l	$r2, 8($sp)
	dec	$sp, 24			# where a callee may spill its six register arguments
	jsra	__start
1:	jmpa	1b
	.size	_start, .-_start

#ifdef __BASEREL__
	.section .note.slot190,"a",@note
	.long	8, 0, 1
	.asciz	"slot190"
#endif

# setjmp and longjmp. jmp_buf: $r6 to $r11, the caller's $fp, its $sp after the call, the return address. In
# base-register programs the two stack addresses are kept as offsets, for a fork moves the stack.
	.section .text.setjmp,"ax",@progbits
	.global	setjmp
	.type	setjmp,@function
setjmp:
#ifdef __BASEREL__
	add	$r0, $r13
#endif
	st.l	($r0), $r6
	sto.l	4($r0), $r7
	sto.l	8($r0), $r8
	sto.l	12($r0), $r9
	sto.l	16($r0), $r10
	sto.l	20($r0), $r11
	ld.l	$r1, ($fp)
	mov	$r2, $fp
	inc	$r2, 12
#ifdef __BASEREL__
	sub	$r1, $r13
	sub	$r2, $r13
#endif
	sto.l	24($r0), $r1
	sto.l	28($r0), $r2
	ldo.l	$r1, 4($fp)
	sto.l	32($r0), $r1
	xor	$r0, $r0
	ret
	.size	setjmp, .-setjmp

	.section .text.longjmp,"ax",@progbits
	.global	longjmp
	.type	longjmp,@function
longjmp:
#ifdef __BASEREL__
	add	$r0, $r13
#endif
	ld.l	$r6, ($r0)
	ldo.l	$r7, 4($r0)
	ldo.l	$r8, 8($r0)
	ldo.l	$r9, 12($r0)
	ldo.l	$r10, 16($r0)
	ldo.l	$r11, 20($r0)
	ldo.l	$fp, 24($r0)
	ldo.l	$sp, 28($r0)
#ifdef __BASEREL__
	add	$fp, $r13
	add	$sp, $r13
#endif
	ldo.l	$r2, 32($r0)
	mov	$r0, $r1
	xor	$r1, $r1
	cmp	$r0, $r1
	bne	1f
	inc	$r0, 1			# setjmp returns 0 only once
1:	jmp	$r2
	.size	longjmp, .-longjmp

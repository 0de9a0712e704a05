# In place of crt0.S and syscall.S under GDB's simulator, which has no Linux: swi 1 is exit, swi 5 is write.
# There are no arguments either: argc is 0.
	.section .text.start,"ax",@progbits
	.global	_start
	.type	_start,@function
_start:
	ldi.l	$sp, 0x200000
	mov	$fp, $sp
	xor	$r0, $r0
	xor	$r1, $r1
	xor	$r2, $r2
	dec	$sp, 24
	jsra	__start
1:	jmpa	1b
	.size	_start, .-_start

	.section .text.__syscall,"ax",@progbits
	.global	__syscall
	.type	__syscall,@function
__syscall:
	ldi.l	$r12, 1
	cmp	$r0, $r12
	mov	$r0, $r1
	mov	$r1, $r2
	mov	$r2, $r3
	beq	1f
	swi	5
	ret
1:	swi	1
	ret
	.size	__syscall, .-__syscall

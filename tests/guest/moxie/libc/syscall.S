# The system call: number in $r6, arguments in $r0 to $r5, result in $r0, everything from $r6 up preserved.
# long __syscall(long number, long a, long b, long c, long d, long e, long f)
	.section .text.__syscall,"ax",@progbits
	.global	__syscall
	.type	__syscall,@function
__syscall:
	push	$sp, $r6
	mov	$r6, $r0
	mov	$r0, $r1
	mov	$r1, $r2
	mov	$r2, $r3
	mov	$r3, $r4
	mov	$r4, $r5
	ldo.l	$r5, 36($fp)		# the seventh argument is the first on the stack
	swi	0xffffffff
	ldo.l	$r6, -4($fp)
	ret
	.size	__syscall, .-__syscall

# Where a signal handler returns to: void __restore_rt(void)
	.section .text.__restore_rt,"ax",@progbits
	.global	__restore_rt
	.type	__restore_rt,@function
__restore_rt:
	ldi.l	$r6, 173		# rt_sigreturn
	swi	0xffffffff
	.size	__restore_rt, .-__restore_rt

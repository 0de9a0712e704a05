# The careful vfork: parent and child use one stack, and the child goes on using it after this function
# has returned to it, so nothing that the parent needs may lie there. Return address and caller's $r6 wait in
# $r12 and $r13, which the kernel preserves for each task. pid_t vfork(void)
	.section .text.vfork,"ax",@progbits
	.global	vfork
	.type	vfork,@function
vfork:
	ldo.l	$r12, 4($sp)		# the frame that jsra made: caller's $fp, return address, chain slot
	ld.l	$fp, ($sp)
	inc	$sp, 12
	mov	$r13, $r6
	ldi.l	$r6, 190
	swi	0xffffffff
	mov	$r6, $r13
	ldi.l	$r1, -4096
	cmp	$r0, $r1
	bgtu	1f
	jmp	$r12
1:	neg	$r0, $r0
	sta.l	errno, $r0
	ldi.l	$r0, -1
	jmp	$r12
	.size	vfork, .-vfork

# The careful vfork: parent and child use one stack, and the child goes on using it after this function
# has returned to it, so nothing that the parent needs may lie there. Return address and caller's $r6 wait in
# $r12 and $r13, which the kernel preserves for each task; in base-register programs, where $r13 is taken, $r6
# waits in special register 10, which is a task's own as well. pid_t vfork(void)
	.section .text.vfork,"ax",@progbits
	.global	vfork
	.type	vfork,@function
vfork:
	ldo.l	$r12, 4($sp)		# the frame that jsra made: caller's $fp, return address, chain slot
	ld.l	$fp, ($sp)
	inc	$sp, 12
#ifdef __BASEREL__
	ssr	$r6, 10
#else
	mov	$r13, $r6
#endif
	ldi.l	$r6, 190
	swi	0xffffffff
#ifdef __BASEREL__
	gsr	$r6, 10
#else
	mov	$r6, $r13
#endif
	ldi.l	$r1, -4096
	cmp	$r0, $r1
	bgtu	1f
	jmp	$r12
1:	neg	$r0, $r0
#ifdef __BASEREL__
	ldi.l	$r1, errno
	add	$r1, $r13
	st.l	($r1), $r0
#else
	sta.l	errno, $r0
#endif
	ldi.l	$r0, -1
	jmp	$r12
	.size	vfork, .-vfork

! Solves A x = b by Gaussian elimination with partial pivoting, by Cholesky's factors and by conjugate
! gradients where A is symmetric, and in complex numbers of both precisions by Householder's
! reflections; prints the residuals, the determinant and a checksum of the bits of x.
program linear
    implicit none
    integer, parameter :: dp = kind(1.0d0), n = 60
    real(dp) :: a(n, n), l(n, n), b(n), x(n), y(n), det
    integer :: i, j, info

    do j = 1, n
        do i = 1, n
            a(i, j) = sin(real(i * j, dp)) + merge(real(n, dp), 0.0_dp, i == j) / 7
        end do
        b(j) = cos(real(j, dp)) * 10.0_dp ** mod(j, 5)
    end do
    call gauss(a, b, x, det, info)
    print '(a,i0)', 'gauss: info ', info
    print '(a,es24.16)', 'determinant ', det
    call report('gauss', a, b, x)

    a = matmul(transpose(a), a)
    call cholesky(a, l, info)
    print '(a,i0)', 'cholesky: info ', info
    do i = 1, n
        y(i) = (b(i) - dot_product(l(i, 1:i-1), y(1:i-1))) / l(i, i)
    end do
    do i = n, 1, -1
        x(i) = (y(i) - dot_product(l(i+1:n, i), x(i+1:n))) / l(i, i)
    end do
    call report('cholesky', a, b, x)
    call conjugate_gradients(a, b, x)
    call report('conjugate gradients', a, b, x)
    call complex_double()
    call complex_single()

contains

    subroutine conjugate_gradients(matrix, right, solution)
        real(dp), intent(in) :: matrix(:, :), right(:)
        real(dp), intent(out) :: solution(:)
        real(dp), dimension(size(right)) :: residual, direction, image
        real(dp) :: square, before, step
        integer :: k
        solution = 0
        residual = right
        direction = residual
        square = dot_product(residual, residual)
        do k = 1, 500
            image = matmul(matrix, direction)
            step = square / dot_product(direction, image)
            solution = solution + step * direction
            residual = residual - step * image
            before = square
            square = dot_product(residual, residual)
            if (mod(k, 50) == 0) print '(a,i0,es24.16)', 'step ', k, sqrt(square)
            if (square < 1e-24_dp) exit
            direction = residual + square / before * direction
        end do
        print '(a,i0)', 'steps ', min(k, 500)
    end subroutine conjugate_gradients

    subroutine complex_double()
        integer, parameter :: m = 40
        complex(dp) :: c(m, m + 1), whole(m, m + 1), v(m), alpha
        integer :: i, j, k
        do j = 1, m + 1
            do i = 1, m
                c(i, j) = cmplx(sin(real(i * j, dp)), cos(real(i + 3 * j, dp)), dp)
            end do
        end do
        whole = c
        do k = 1, m
            v = 0
            v(k:) = c(k:, k)
            alpha = -exp((0, 1) * atan2(aimag(v(k)), real(v(k)))) * norm2(abs(v))
            v(k) = v(k) - alpha
            if (norm2(abs(v)) == 0) cycle
            v = v / norm2(abs(v))
            do j = k, m + 1
                c(:, j) = c(:, j) - 2 * v * dot_product(v, c(:, j))
            end do
        end do
        do k = m, 1, -1
            c(k, m + 1) = (c(k, m + 1) - sum(c(k, k+1:m) * c(k+1:m, m + 1))) / c(k, k)
        end do
        print '(a,es24.16)', 'complex: largest residual ', &
            maxval(abs(matmul(whole(:, 1:m), c(:, m + 1)) - whole(:, m + 1)))
        print '(4es24.16)', c(1:6, m + 1)
        print '(4es24.16)', sqrt(c(1:2, m + 1)), log(c(3:4, m + 1)), c(5, m + 1) ** 3
    end subroutine complex_double

    subroutine complex_single()
        integer, parameter :: m = 24
        complex :: c(m, m + 1)
        integer :: i, j, k
        do j = 1, m + 1
            do i = 1, m
                c(i, j) = cmplx(sin(real(i * j)), cos(real(i + 3 * j))) + merge(m, 0, i == j)
            end do
        end do
        do k = 1, m
            c(k, :) = c(k, :) / c(k, k)
            do i = 1, m
                if (i /= k) c(i, :) = c(i, :) - c(i, k) * c(k, :)
            end do
        end do
        print '(a)', 'complex, single:'
        print '(4es16.8)', c(:, m + 1)
    end subroutine complex_single

    subroutine gauss(matrix, right, solution, determinant, status)
        real(dp), intent(in) :: matrix(:, :), right(:)
        real(dp), intent(out) :: solution(:), determinant
        integer, intent(out) :: status
        real(dp) :: m(size(right), size(right) + 1), row(size(right) + 1)
        integer :: k, r, p
        m(:, 1:n) = matrix
        m(:, n + 1) = right
        determinant = 1
        status = 0
        do k = 1, n
            p = k - 1 + maxloc(abs(m(k:n, k)), 1)
            if (m(p, k) == 0) then
                status = k
                return
            end if
            if (p /= k) then
                row = m(k, :)
                m(k, :) = m(p, :)
                m(p, :) = row
                determinant = -determinant
            end if
            determinant = determinant * m(k, k)
            do r = k + 1, n
                m(r, k:) = m(r, k:) - m(r, k) / m(k, k) * m(k, k:)
            end do
        end do
        do k = n, 1, -1
            solution(k) = (m(k, n + 1) - dot_product(m(k, k+1:n), solution(k+1:n))) / m(k, k)
        end do
    end subroutine gauss

    subroutine cholesky(matrix, factor, status)
        real(dp), intent(in) :: matrix(:, :)
        real(dp), intent(out) :: factor(:, :)
        integer, intent(out) :: status
        integer :: c, r
        factor = 0
        status = 0
        do c = 1, n
            factor(c, c) = matrix(c, c) - sum(factor(c, 1:c-1) ** 2)
            if (factor(c, c) <= 0) then
                status = c
                return
            end if
            factor(c, c) = sqrt(factor(c, c))
            do r = c + 1, n
                factor(r, c) = (matrix(r, c) - dot_product(factor(r, 1:c-1), factor(c, 1:c-1))) &
                    / factor(c, c)
            end do
        end do
    end subroutine cholesky

    subroutine report(name, matrix, right, solution)
        character(*), intent(in) :: name
        real(dp), intent(in) :: matrix(:, :), right(:), solution(:)
        integer(8) :: bits(size(solution))
        bits = transfer(solution, bits)
        print '(2a,es24.16)', name, ': largest residual ', &
            maxval(abs(matmul(matrix, solution) - right))
        print '(2a,z16.16)', name, ': bits ', ieor(iparity(bits), sum(bits / 3))
        print '(3es24.16)', solution(1:6)
    end subroutine report
end program linear

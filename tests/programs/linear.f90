! Solves A x = b by Gaussian elimination with partial pivoting, and by Cholesky's factors where A is
! symmetric; prints the residuals, the determinant and a checksum of the bits of x.
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

contains

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
